using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>What one reading thread needs: decoder, resolver and a frame. What it gives lies in the frame that was decoded.</summary>
internal sealed class SectionDecoding : IAsyncDisposable
{
    private readonly Func<ReferenceResolver> _makeResolver;
    private readonly SectionDecoder _decoder = new();
    private SectionFrame? _frame;
    private ReferenceResolver? _resolver;

    public SectionDecoding(Func<ReferenceResolver> makeResolver) => _makeResolver = makeResolver;

    public SectionFrame Frame => _frame ??= new SectionFrame();

    public async ValueTask<ReadOnlyMemory<byte>> DecodeAsync(SectionFrame frame, StreamCursor cursor, CancellationToken cancellationToken)
    {
        try
        {
            if (frame.Header.Encoding != SectionEncoding.Reference)
            {
                return _decoder.Decode(frame);
            }

            _resolver ??= _makeResolver();
            var plain = await _resolver.ReadAsync(frame, _decoder, cancellationToken);

            // Copied, because the resolver's memory serves the next reference while this one is still in use.
            var copy = frame.Plain(plain.Length);
            plain.CopyTo(copy);
            return copy;
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            throw cursor.Damaged(error.Message, error);
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
