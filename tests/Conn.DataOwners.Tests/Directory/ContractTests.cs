using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.DataOwners.Tests.Directory;

public sealed class ContractTests : DataOwnerContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new DirectorySubject());
}
