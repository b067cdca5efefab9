using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Decodes the sections of one stream, and follows references. The plain bytes lie in the decoded frame. One thread at a time.</summary>
internal sealed class StreamDecoder(Func<ReferenceResolver> makeResolver) : IAsyncDisposable
{
    private readonly SectionDecoder _decoder = new();
    private ReferenceResolver? _resolver;

    public async ValueTask<ReadOnlyMemory<byte>> DecodeAsync(SectionFrame frame, StreamCursor cursor, CancellationToken cancellationToken)
    {
        try
        {
            if (frame.Header.Encoding != SectionEncoding.Reference)
            {
                return _decoder.Decode(frame);
            }

            _resolver ??= makeResolver();
            ReadOnlyMemory<byte> plain = await _resolver.ReadAsync(frame, _decoder, cancellationToken);

            // Copied, because the resolver reuses its memory for the next reference while these bytes are in use.
            Memory<byte> copy = frame.Plain(plain.Length);
            plain.CopyTo(copy);
            return copy;
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            throw cursor.Damaged(frame.Header.Number, error.Message, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _decoder.Dispose();
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }
    }
}
