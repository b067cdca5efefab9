using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>
/// Reads the sections that references stand for. Invariant: it returns no other section than the one that the reference describes.
/// One thread at a time; it keeps one file open.
/// </summary>
internal sealed class ReferenceResolver : IAsyncDisposable
{
    private const string NotThatSection = "it is not the section that the reference describes";
    private readonly IRepositoryStorage _storage;
    private readonly Func<SetId, BackupSet?> _find;
    private readonly bool _fromDevice;
    private readonly SectionFrame _frame = new();
    private SegmentReader? _reader;
    private SegmentHeader _identity;

    public ReferenceResolver(IRepositoryStorage storage, Func<SetId, BackupSet?> find, bool fromDevice)
    {
        _storage = storage;
        _find = find;
        _fromDevice = fromDevice;
    }

    /// <summary>Reads the plain bytes that a reference stands for; they are valid until the next call.</summary>
    /// <exception cref="RepositoryException">Damaged: the reference, or the section. ChainBroken: the set of the section is missing.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SectionFrame frame, SectionDecoder decoder, CancellationToken cancellationToken)
    {
        (SegmentReader reader, long offset) = await SeekAsync(frame, cancellationToken);
        return await reader.ReadAsync(_frame, cancellationToken) && Describes(frame.Header, _frame.Header)
            ? decoder.Decode(_frame)
            : throw reader.Damaged(offset, NotThatSection);
    }

    /// <summary>Checks the header of the section that a reference stands for. Its bytes are read when their own set is checked.</summary>
    /// <exception cref="RepositoryException">As for reading.</exception>
    public async ValueTask CheckAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        (SegmentReader reader, long offset) = await SeekAsync(frame, cancellationToken);
        if (!await reader.ReadHeaderAsync(_frame, cancellationToken) || !Describes(frame.Header, _frame.Header))
        {
            throw reader.Damaged(offset, NotThatSection);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
            _reader = null;
        }
    }

    private static bool Describes(in SectionHeader reference, in SectionHeader target) =>
        target.Encoding != SectionEncoding.Reference && target.Kind == StreamKind.Snapshot
        && target.PlainBytes == reference.PlainBytes && target.PlainHash == reference.PlainHash && target.Sha == reference.Sha;

    private async ValueTask<(SegmentReader Reader, long Offset)> SeekAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        if (!SectionReference.TryRead(frame.Body.Span, out SectionReference reference))
        {
            throw new RepositoryException(RepositoryFailure.Damaged, "a reference is not valid");
        }

        SegmentHeader identity = new(reference.Set, reference.Part, reference.Segment);
        if (_reader is null || _identity != identity)
        {
            await DisposeAsync();
            _reader = await OpenAsync(identity, cancellationToken);
            _identity = identity;
        }

        if (reference.Offset >= _reader.File.Bytes)
        {
            throw _reader.Damaged(reference.Offset, "a reference points beyond the end of the segment");
        }

        _reader.Position = reference.Offset;
        return (_reader, reference.Offset);
    }

    private async ValueTask<SegmentReader> OpenAsync(SegmentHeader identity, CancellationToken cancellationToken)
    {
        BackupSet set = _find(identity.Set)
            ?? throw new RepositoryException(RepositoryFailure.ChainBroken, $"Set {identity.Set}, which holds a section of this snapshot, is missing.");
        if (identity.Part >= set.Parts.Count || identity.Segment >= set.Parts[identity.Part].Segments.Count)
        {
            throw new RepositoryException(RepositoryFailure.Damaged, $"a reference points to a segment that set {set.Id} does not have");
        }

        long bytes = set.Parts[identity.Part].Segments[identity.Segment].Bytes;
        return await SegmentReader.OpenAsync(_storage, RepositoryLayout.SetFolder(set.Sequence, set.Id), identity, bytes, _fromDevice, cancellationToken);
    }
}
