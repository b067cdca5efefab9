using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A storage in which every path is one file in memory, which is only read.</summary>
internal sealed class OneFile(byte[] bytes) : IRepositoryStorage, IStoredFile
{
    public byte[] Bytes => bytes;

    public string Place => "memory";

    long IStoredFile.Bytes => bytes.Length;

    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => new(this);

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
        bytes.AsMemory((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        return new(count);
    }

    public ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken) => new(ReadBack.Cached);

    public ValueTask DisposeAsync() => default;

    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => new((IReadOnlyList<StorageEntry>?)null);

    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();
}
