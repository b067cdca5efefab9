using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Testing.Storage;

/// <summary>A file of a <see cref="TearingStorage"/> open for reading.</summary>
internal sealed class TearingReader(TearingStorage storage, TearingFileNode file) : IStoredFile
{
    public long Bytes { get; } = file.Length;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(storage.Read(file, offset, buffer.Span));
    }

    public ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken) => ValueTask.FromResult(storage.ReadBack);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
