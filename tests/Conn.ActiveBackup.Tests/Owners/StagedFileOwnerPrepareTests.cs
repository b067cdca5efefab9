using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.ActiveBackup.Tests.Owners;

public sealed class StagedFileOwnerPrepareTests : DataOwnerPrepareContract
{
    protected override ValueTask<DataOwnerSubject> CreateAsync() => new(new FileSubject(static path => new StagedFileOwner("file", path)));
}
