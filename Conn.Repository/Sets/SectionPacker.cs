using System.IO.Hashing;
using Conn.Repository.Format;
using ZstdSharp;

namespace Conn.Repository.Sets;

/// <summary>What one worker needs to turn plain bytes into a stored section: compressor, decoder and resolver, used by one thread at a time.</summary>
internal sealed class SectionPacker : IAsyncDisposable
{
    private readonly Compressor _compressor;
    private readonly Func<ReferenceResolver> _makeResolver;
    private readonly SectionFrame _reference = new();
    private ReferenceResolver? _resolver;
    private SectionDecoder? _decoder;

    public SectionPacker(int level, Func<ReferenceResolver> makeResolver)
    {
        _compressor = new Compressor(level);
        _makeResolver = makeResolver;
    }

    /// <summary>Fills a frame with header (its checksum still missing) and stored bytes.</summary>
    public async ValueTask PackAsync(
        ReadOnlyMemory<byte> plain, StreamKind kind, byte drive, long number, SnapshotSections? known, SectionFrame frame, CancellationToken cancellationToken)
    {
        var sha = kind == StreamKind.Snapshot ? Sha256Hash.Of(plain.Span) : default;
        var header = new SectionHeader(0, SectionEncoding.Raw, kind, drive, number, plain.Length, plain.Length, XxHash128.HashToUInt128(plain.Span), sha);

        // A section smaller than a reference is stored as it is.
        if (known is not null && plain.Length > SectionReference.Bytes && known.TryFind(sha, out var place)
            && await ReferAsync(header, place, plain, frame, cancellationToken))
        {
            return;
        }

        frame.Reserve(plain.Length);

        // Room for one byte less than plain: what does not get smaller does not fit, and is copied as it is.
        if (plain.Length > 1
            && _compressor.TryWrap(plain.Span, frame.Stored.AsSpan(SectionHeader.Bytes, plain.Length - 1), out var stored))
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
        _compressor.Dispose();
        _decoder?.Dispose();
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }
    }

    // A reference is made only to bytes that were read and are equal: damage in an ancestor must not spread into a new set.
    private async ValueTask<bool> ReferAsync(
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
            var stored = await _resolver.ReadAsync(_reference, _decoder, cancellationToken);
            if (!stored.Span.SequenceEqual(plain.Span))
            {
                return false;
            }
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken or RepositoryFailure.Io)
        {
            // Verify reports the damage where it is; here it only means that the section is stored again.
            return false;
        }

        _reference.Stored.AsSpan(0, SectionHeader.Bytes + SectionReference.Bytes).CopyTo(frame.Stored);
        frame.Header = header;
        return true;
    }
}
