using Conn.Repository.Storage;

namespace Conn.Testing.Storage;

/// <summary>A held lock of a <see cref="TearingStorage"/>.</summary>
internal sealed class TearingLock(TearingStorage storage, TearingNode node) : IStorageLock
{
    public ValueTask DisposeAsync()
    {
        storage.Unlock(node);
        return ValueTask.CompletedTask;
    }
}
