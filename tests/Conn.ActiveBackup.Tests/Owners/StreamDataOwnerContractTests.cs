using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.ActiveBackup.Tests.Owners;

public sealed class StreamDataOwnerContractTests : DataOwnerContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new FileSubject(static path => new SettingsOwner(path)));
}
