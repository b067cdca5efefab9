using Conn.ActiveBackup;
using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.DataOwners.Tests.Directory;

public sealed class TwoDrivesPrepareContractTests : DataOwnerPrepareContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new DirectorySubject(DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'))));
}
