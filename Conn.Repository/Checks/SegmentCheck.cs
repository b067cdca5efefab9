using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>
/// Reads a segment file from end to end, from the device where possible, decodes every section, and compares the file with its description in the manifest.
/// A writer checks its new files before the commit, and a verification checks every file. One thread at a time.
/// </summary>
internal sealed class SegmentCheck : IAsyncDisposable
{
    // A part has at most two streams for each of 26 drives.
    private const int MaxRuns = 52;

    private readonly IRepositoryStorage _storage;
    private readonly ReferenceResolver? _resolver;
    private readonly bool _readReferences;
    private readonly SectionDecoder _decoder = new();
    private readonly SectionFrame _frame = new();

    /// <summary>Initializes a check.</summary>
    /// <param name="storage">Where the files are.</param>
    /// <param name="resolver">Follows references; this object disposes it. Null for a writer, which has read each section that it refers to.</param>
    /// <param name="readReferences">True to decode the section that a reference stands for; false to check only its header.</param>
    public SegmentCheck(IRepositoryStorage storage, ReferenceResolver? resolver = null, bool readReferences = false)
    {
        _storage = storage;
        _resolver = resolver;
        _readReferences = readReferences;
    }

    /// <summary>Checks one file.</summary>
    /// <returns>The runs of sections in it, and where its bytes came from.</returns>
    /// <exception cref="RepositoryException">Damaged: the message says where.</exception>
    public async ValueTask<(IReadOnlyList<SegmentRun> Runs, ReadBack ReadBack)> RunAsync(
        string folder, SegmentHeader identity, SegmentInfo info, CancellationToken cancellationToken)
    {
        await using SegmentReader reader = await SegmentReader.OpenAsync(_storage, folder, identity, info.Bytes, dropCache: true, cancellationToken);
        List<SegmentRun> runs = [];
        XxHash128 digest = new();
        long sections = 0;
        while (await reader.ReadAsync(_frame, cancellationToken))
        {
            digest.Append(_frame.Stored.AsSpan(0, FormatLimits.HashBytes));
            sections++;
            await DecodeAsync(reader, cancellationToken);
            Count(runs);
            if (runs.Count > MaxRuns)
            {
                throw reader.Damaged(_frame.Offset, "the file has sections of more streams than a part can have");
            }
        }

        return sections == info.Sections && ContentHash.Of(digest) == info.Digest
            ? (runs, reader.ReadBack)
            : throw reader.Damaged(0, "its sections differ from those that were written");
    }

    public async ValueTask DisposeAsync()
    {
        _decoder.Dispose();
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }
    }

    private async ValueTask DecodeAsync(SegmentReader reader, CancellationToken cancellationToken)
    {
        try
        {
            if (_frame.Header.Encoding != SectionEncoding.Reference)
            {
                _decoder.Decode(_frame);
            }
            else if (_resolver is not null && _readReferences)
            {
                await _resolver.ReadAsync(_frame, _decoder, cancellationToken);
            }
            else if (_resolver is not null)
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
        SectionHeader header = _frame.Header;
        SegmentRun? run = runs.Count > 0 ? runs[^1] : null;
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
