using Conn.ActiveBackup;
using Conn.ActiveBackup.Tests.Owners;
using Conn.Testing.Owners;
using Conn.Testing.Suites;

namespace Conn.Ipc.Tests;

/// <summary>Owners keep their contract when the engine calls them through a socket: with shared memory for the sections, and with the connection for sections.</summary>
public static class OwnerContractTests
{
    public sealed class Scripted : DataOwnerContract
    {
        protected override ValueTask<DataOwnerSubject> CreateAsync() =>
            SocketSubject.CreateAsync(new ScriptedSubject("scripted", DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E')), 6000));
    }

    public sealed class StagedFile : DataOwnerContract
    {
        protected override ValueTask<DataOwnerSubject> CreateAsync() => SocketSubject.CreateAsync(new FileSubject(static path => new StagedFileOwner("file", path)));
    }

    public sealed class StagedFileWithoutSharedMemory : DataOwnerContract
    {
        protected override ValueTask<DataOwnerSubject> CreateAsync() =>
            SocketSubject.CreateAsync(new FileSubject(static path => new StagedFileOwner("file", path)), sharesMemory: false);
    }

    public sealed class ScriptedWithoutSharedMemory : DataOwnerContract
    {
        protected override ValueTask<DataOwnerSubject> CreateAsync() => SocketSubject.CreateAsync(
            new ScriptedSubject("scripted", DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E')), 6000), sharesMemory: false);
    }
}
