using Conn.Repository.Compression;
using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Encodes plain bytes as a stored section: raw, compressed, or a reference to an equal section of the parent. One thread at a time.</summary>
internal sealed class SectionEncoder : IAsyncDisposable
{
    private readonly ZstdCodec _codec;
    private readonly Func<ReferenceResolver> _makeResolver;
    private readonly SectionFrame _reference = new();
    private ReferenceResolver? _resolver;
    private SectionDecoder? _decoder;

    public SectionEncoder(int level, Func<ReferenceResolver> makeResolver)
    {
        _codec = ZstdCodec.Create(level);
        _makeResolver = makeResolver;
    }

    /// <summary>Fills a frame with the header, still without its checksum, and the stored bytes.</summary>
    public async ValueTask EncodeAsync(
        ReadOnlyMemory<byte> plain, SectionStreamWriter stream, long number, SectionFrame frame, CancellationToken cancellationToken)
    {
        Sha256Hash sha = stream.Kind == StreamKind.Snapshot ? Sha256Hash.Of(plain.Span) : default;
        SectionHeader header = new(
            default, SectionEncoding.Raw, stream.Kind, stream.Drive, number, plain.Length, plain.Length, ContentHash.Of(plain.Span), sha);

        // A section that is not longer than a reference is stored itself.
        if (stream.ParentSections is not null && plain.Length > SectionReference.Bytes && stream.ParentSections.TryFind(sha, out SectionReference place)
            && await TryReferAsync(header, place, plain, frame, cancellationToken))
        {
            return;
        }

        frame.Reserve(plain.Length);

        // The target is one byte shorter than the plain bytes, so compression fails unless it makes the section smaller.
        if (plain.Length > 1
            && _codec.TryCompress(plain.Span, frame.Stored.AsSpan(SectionHeader.Bytes, plain.Length - 1), out int stored))
        {
            header = header with { Encoding = SectionEncoding.Zstd, StoredBytes = stored };
        }
        else
        {
            plain.Span.CopyTo(frame.Stored.AsSpan(SectionHeader.Bytes));
        }

        header.Write(frame.Stored);
        frame.Header = header;
    }

    public async ValueTask DisposeAsync()
    {
        _codec.Dispose();
        _decoder?.Dispose();
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }
    }

    // Reads the section of the parent and compares it, so that damage in an earlier set does not spread to a new one.
    private async ValueTask<bool> TryReferAsync(
        SectionHeader header, SectionReference place, ReadOnlyMemory<byte> plain, SectionFrame frame, CancellationToken cancellationToken)
    {
        header = header with { Encoding = SectionEncoding.Reference, StoredBytes = SectionReference.Bytes };
        header.Write(_reference.Stored);
        place.Write(_reference.Stored.AsSpan(SectionHeader.Bytes));
        _reference.Header = header;
        _resolver ??= _makeResolver();
        _decoder ??= new SectionDecoder();
        try
        {
            ReadOnlyMemory<byte> stored = await _resolver.ReadAsync(_reference, _decoder, cancellationToken);
            if (!stored.Span.SequenceEqual(plain.Span))
            {
                return false;
            }
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken or RepositoryFailure.Io)
        {
            // A verification reports the damage in the earlier set. Here the section is stored again.
            return false;
        }

        _reference.Stored.AsSpan(0, SectionHeader.Bytes + SectionReference.Bytes).CopyTo(frame.Stored);
        frame.Header = header;
        return true;
    }
}
