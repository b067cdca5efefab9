using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Appends the sections of one part to segment files of its own, in order. One call at a time.</summary>
internal sealed class SegmentAppender
{
    private readonly IRepositoryStorage _storage;
    private readonly string _folder;
    private readonly SetId _set;
    private readonly int _part;
    private readonly int _segmentBytes;
    private readonly SegmentFinisher _finisher;
    private readonly List<FinishedSegment> _segments = [];

    // The open file: its writer, and what was appended to it so far.
    private IStoredFileWriter? _writer;
    private XxHash128 _digest = new();
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

    /// <summary>Appends an encoded section, and returns its place.</summary>
    public async ValueTask<(int Segment, long Offset)> AppendAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        int length = SectionHeader.Bytes + frame.Header.StoredBytes;
        if (_writer is not null && _sections > 0 && _bytes + length > _segmentBytes)
        {
            await FinishAsync();
        }

        _writer ??= await BeginAsync(cancellationToken);
        Memory<byte> stored = frame.Stored.AsMemory(0, length);
        XxHash128.Hash(stored.Span[SectionHeader.CheckedFrom..], stored.Span, _seed);
        await _writer.AppendAsync(stored, cancellationToken);
        _digest.Append(stored.Span[..FormatLimits.HashBytes]);
        long offset = _bytes;
        _bytes += length;
        _sections++;
        return (_segments.Count, offset);
    }

    /// <summary>Hands over the open file to be flushed and read back.</summary>
    public async ValueTask FinishAsync()
    {
        if (_writer is { } writer)
        {
            _writer = null;
            SegmentInfo info = new(_bytes, _sections, ContentHash.Of(_digest));
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

        // One more than the finished files: the open file, or one whose creation failed.
        for (int segment = 0; segment <= _segments.Count; segment++)
        {
            await _storage.DeleteAsync(Path(segment), CancellationToken.None);
        }
    }

    private async ValueTask<IStoredFileWriter> BeginAsync(CancellationToken cancellationToken)
    {
        IStoredFileWriter writer = await _storage.CreateAsync(Path(_segments.Count), cancellationToken);
        try
        {
            byte[] header = new byte[SegmentHeader.Bytes];
            _seed = new SegmentHeader(_set, _part, _segments.Count).Write(header);
            await writer.AppendAsync(header, cancellationToken);
        }
        catch
        {
            await writer.DisposeAsync();
            throw;
        }

        _digest = new XxHash128();
        _bytes = SegmentHeader.Bytes;
        _sections = 0;
        return writer;
    }

    private string Path(int segment) => _folder + "/" + RepositoryLayout.SegmentName(_part, segment);
}
