using Conn.Repository.Storage;

namespace Conn.Testing.Storage;

/// <summary>A file of a <see cref="TearingStorage"/> open for appending.</summary>
internal sealed class TearingWriter(TearingStorage storage, string path, TearingFileNode file) : IStoredFileWriter
{
    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        storage.Append(file, bytes.Span, cancellationToken);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        storage.Flush(file, path, cancellationToken);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
