using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.DataOwners.Tests.Command;

public sealed class ContractTests : DataOwnerContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new CommandSubject());
}
