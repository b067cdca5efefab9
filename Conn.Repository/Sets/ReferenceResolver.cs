using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads what a reference refers to, and lets nothing pass that is not the section it stands for. One thread at a time; keeps one file open.</summary>
internal sealed class ReferenceResolver : IAsyncDisposable
{
    private readonly IRepositoryStorage _storage;
    private readonly Func<SetId, BackupSet?> _find;
    private readonly bool _fromDevice;
    private readonly SectionFrame _frame = new();
    private SegmentReader? _open;
    private SegmentHeader _openAs;

    public ReferenceResolver(IRepositoryStorage storage, Func<SetId, BackupSet?> find, bool fromDevice)
    {
        _storage = storage;
        _find = find;
        _fromDevice = fromDevice;
    }

    /// <summary>The plain bytes a reference section stands for; valid until the next call.</summary>
    /// <exception cref="RepositoryException">Damaged: the reference, or what it refers to. ChainBroken: its set is not there.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SectionFrame frame, SectionDecoder decoder, CancellationToken cancellationToken)
    {
        if (!SectionReference.TryRead(frame.Body.Span, out var reference))
        {
            throw new RepositoryException(RepositoryFailure.Damaged, "a reference cannot be one");
        }

        await SeekAsync(reference, cancellationToken);
        if (!await _open!.ReadAsync(_frame, cancellationToken) || !StandsFor(frame.Header, _frame.Header))
        {
            throw _open.Damaged(reference.Offset, "it is not the section a reference stands for");
        }

        return decoder.Decode(_frame);
    }

    /// <summary>Checks that the section is there with the same checksums, without reading its bytes (they are read with their own set).</summary>
    /// <exception cref="RepositoryException">As for reading.</exception>
    public async ValueTask CheckAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        if (!SectionReference.TryRead(frame.Body.Span, out var reference))
        {
            throw new RepositoryException(RepositoryFailure.Damaged, "a reference cannot be one");
        }

        await SeekAsync(reference, cancellationToken);
        if (!await _open!.ReadHeaderAsync(_frame, cancellationToken) || !StandsFor(frame.Header, _frame.Header))
        {
            throw _open.Damaged(reference.Offset, "it is not the section a reference stands for");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_open is not null)
        {
            await _open.DisposeAsync();
            _open = null;
        }
    }

    private static bool StandsFor(in SectionHeader reference, in SectionHeader target) =>
        target.Encoding != SectionEncoding.Reference && target.Kind == StreamKind.Snapshot
        && target.PlainBytes == reference.PlainBytes && target.PlainHash == reference.PlainHash && target.Sha == reference.Sha;

    private async ValueTask SeekAsync(SectionReference reference, CancellationToken cancellationToken)
    {
        var identity = new SegmentHeader(reference.Set, reference.Part, reference.Segment);
        if (_open is null || _openAs != identity)
        {
            await DisposeAsync();
            var set = _find(reference.Set)
                ?? throw new RepositoryException(RepositoryFailure.ChainBroken, $"Set {reference.Set}, which holds a section of this snapshot, is not there.");
            if (reference.Part >= set.Parts.Count || reference.Segment >= set.Parts[reference.Part].Segments.Count)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"a reference leads to a file that set {set.Id} does not have");
            }

            var bytes = set.Parts[reference.Part].Segments[reference.Segment].Bytes;
            _open = await SegmentReader.OpenAsync(
                _storage, RepositoryLayout.SetFolder(set.Sequence, set.Id), identity, bytes, _fromDevice, cancellationToken);
            _openAs = identity;
        }

        if (reference.Offset >= _open.File.Bytes)
        {
            throw _open.Damaged(reference.Offset, "a reference leads beyond its end");
        }

        _open.Position = reference.Offset;
    }
}
