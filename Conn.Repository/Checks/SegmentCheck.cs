using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>What one verifying thread needs. Reads a data file from end to end and decodes every section. One thread at a time.</summary>
internal sealed class SegmentCheck : IAsyncDisposable
{
    // A part has at most two streams for each of 26 drives.
    private const int MaxRuns = 52;

    private readonly IRepositoryStorage _storage;
    private readonly ReferenceResolver _resolver;
    private readonly SectionDecoder _decoder = new();
    private readonly SectionFrame _frame = new();
    private readonly bool _readReferences;

    public SegmentCheck(IRepositoryStorage storage, Func<SetId, BackupSet?> find, bool readReferences)
    {
        _storage = storage;
        _readReferences = readReferences;
        _resolver = new ReferenceResolver(storage, find, fromDevice: true);
    }

    /// <summary>The runs of sections in the file.</summary>
    /// <exception cref="RepositoryException">Damaged, or ChainBroken: the message says where.</exception>
    public async ValueTask<IReadOnlyList<SegmentRun>> RunAsync(BackupSet set, OwnerPart part, int segment, CancellationToken cancellationToken)
    {
        var info = part.Segments[segment];
        var identity = new SegmentHeader(set.Id, part.Number, segment);
        await using var reader = await SegmentReader.OpenAsync(
            _storage, RepositoryLayout.SetFolder(set.Sequence, set.Id), identity, info.Bytes, dropCache: true, cancellationToken);
        var runs = new List<SegmentRun>();
        var digest = new XxHash128();
        var sections = 0L;
        while (await reader.ReadAsync(_frame, cancellationToken))
        {
            digest.Append(_frame.Stored.AsSpan(0, FormatLimits.HashBytes));
            sections++;
            await DecodeAsync(reader, cancellationToken);
            Count(runs);
            if (runs.Count > MaxRuns)
            {
                throw reader.Damaged(_frame.Offset, "sections of more streams than there can be");
            }
        }

        return sections == info.Sections && digest.GetCurrentHashAsUInt128() == info.Digest
            ? runs
            : throw reader.Damaged(0, "its sections are not the ones that the manifest states");
    }

    public async ValueTask DisposeAsync()
    {
        _decoder.Dispose();
        await _resolver.DisposeAsync();
    }

    private async ValueTask DecodeAsync(SegmentReader reader, CancellationToken cancellationToken)
    {
        try
        {
            if (_frame.Header.Encoding != SectionEncoding.Reference)
            {
                _decoder.Decode(_frame);
            }
            else if (_readReferences)
            {
                await _resolver.ReadAsync(_frame, _decoder, cancellationToken);
            }
            else
            {
                await _resolver.CheckAsync(_frame, cancellationToken);
            }
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken)
        {
            throw reader.Damaged(_frame.Offset, error.Message.TrimEnd('.'), error);
        }
    }

    private void Count(List<SegmentRun> runs)
    {
        var header = _frame.Header;
        var run = runs.Count > 0 ? runs[^1] : null;
        if (run is null || run.Kind != header.Kind || run.Drive != header.Drive || run.FirstNumber + run.Sections != header.Number)
        {
            run = new SegmentRun(header.Kind, header.Drive, header.Number, _frame.Offset);
            runs.Add(run);
        }

        run.Sections++;
        run.Bytes += header.PlainBytes;
        run.StoredBytes += SectionHeader.Bytes + header.StoredBytes;
    }
}
