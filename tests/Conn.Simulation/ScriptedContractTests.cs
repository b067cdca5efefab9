using Conn.ActiveBackup;
using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.Simulation;

public sealed class ScriptedContractTests : DataOwnerContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new ScriptedSubject("scripted", DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E')), 6000));
}
