using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.DataOwners.Tests.Command;

public sealed class PrepareContractTests : DataOwnerPrepareContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new CommandSubject());
}
