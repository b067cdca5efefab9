using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.DataOwners.Tests.Directory;

public sealed class PrepareContractTests : DataOwnerPrepareContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new DirectorySubject());
}
