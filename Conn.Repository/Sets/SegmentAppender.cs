using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Appends the sections of one part to its data files, in order; one call at a time. A file belongs to one part only, so that a part can be dropped whole.</summary>
internal sealed class SegmentAppender
{
    private readonly IRepositoryStorage _storage;
    private readonly string _folder;
    private readonly SetId _set;
    private readonly int _part;
    private readonly int _segmentBytes;
    private readonly SegmentFinisher _finisher;
    private XxHash128? _digest;
    private readonly List<FinishedSegment> _segments = [];
    private IStoredFileWriter? _writer;
    private long _bytes;
    private long _sections;
    private long _seed;

    public SegmentAppender(IRepositoryStorage storage, string folder, SetId set, int part, int segmentBytes, SegmentFinisher finisher, PartFailure failure)
    {
        _storage = storage;
        _folder = folder;
        _set = set;
        _part = part;
        _segmentBytes = segmentBytes;
        _finisher = finisher;
        Failure = failure;
    }

    /// <summary>The first failure of the part.</summary>
    public PartFailure Failure { get; }

    /// <summary>The finished files.</summary>
    public IReadOnlyList<FinishedSegment> Segments => _segments;

    /// <summary>Appends a packed section and gives its place.</summary>
    public async ValueTask<(int Segment, long Offset)> AppendAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        var length = SectionHeader.Bytes + frame.Header.StoredBytes;
        if (_sections > 0 && _bytes + length > _segmentBytes)
        {
            await FinishAsync();
        }

        if (_writer is null)
        {
            await BeginAsync(cancellationToken);
        }

        var stored = frame.Stored.AsMemory(0, length);
        XxHash128.Hash(stored.Span[SectionHeader.CheckedFrom..], stored.Span, _seed);
        await _writer!.AppendAsync(stored, cancellationToken);
        _digest!.Append(stored.Span[..FormatLimits.HashBytes]);
        var offset = _bytes;
        _bytes += length;
        _sections++;
        return (_segments.Count, offset);
    }

    /// <summary>Hands the open file over to be flushed and read back.</summary>
    public async ValueTask FinishAsync()
    {
        if (_writer is { } writer)
        {
            _writer = null;
            SegmentInfo info = new(_bytes, _sections, _digest!.GetCurrentHashAsUInt128());
            FinishedSegment segment = new(writer, new SegmentHeader(_set, _part, _segments.Count), info, Failure);
            _segments.Add(segment);
            await _finisher.AddAsync(segment);
        }
    }

    /// <summary>Closes and deletes every file of the part.</summary>
    public async ValueTask DropAsync()
    {
        if (_writer is { } writer)
        {
            _writer = null;
            await writer.DisposeAsync();
        }

        await _finisher.WhenIdle();

        // One more than are finished: the file that was open, or that could not be begun.
        for (int segment = 0; segment <= _segments.Count; segment++)
        {
            await _storage.DeleteAsync(_folder + "/" + RepositoryLayout.SegmentName(_part, segment), CancellationToken.None);
        }
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _writer = await _storage.CreateAsync(_folder + "/" + RepositoryLayout.SegmentName(_part, _segments.Count), cancellationToken);
        var header = new byte[SegmentHeader.Bytes];
        _seed = new SegmentHeader(_set, _part, _segments.Count).Write(header);
        await _writer.AppendAsync(header, cancellationToken);
        _digest = new XxHash128();
        _bytes = SegmentHeader.Bytes;
        _sections = 0;
    }
}
