using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads one stored stream. Invariant: at its end, the numbers, count and sizes of its sections have matched. One thread at a time.</summary>
internal sealed class StreamCursor : IAsyncDisposable
{
    private readonly IRepositoryStorage _storage;
    private readonly OwnerPart _part;
    private readonly byte _drive;
    private readonly StreamKind _kind;
    private readonly StreamInfo _stream;
    private readonly string _folder;
    private SegmentReader? _reader;
    private int _segment;
    private long _number;
    private long _bytes;
    private long _stored;

    public StreamCursor(IRepositoryStorage storage, OwnerPart part, byte drive, StreamKind kind, StreamInfo stream)
    {
        _storage = storage;
        _part = part;
        _drive = drive;
        _kind = kind;
        _stream = stream;
        _segment = stream.Segment;
        _folder = RepositoryLayout.SetFolder(part.Sequence, part.Set);
    }

    /// <summary>
    /// Reads the next section; returns false at the end. With <paramref name="headerOnly"/> it reads the header, and the body of a reference.
    /// </summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadAsync(SectionFrame frame, bool headerOnly, CancellationToken cancellationToken)
    {
        if (_number == _stream.Sections)
        {
            return _bytes == _stream.Bytes && _stored == _stream.StoredBytes
                ? false
                : throw Damaged(_number, "the sizes of its sections differ from the manifest");
        }

        _reader ??= await OpenAsync(_stream.Offset, cancellationToken);
        while (!await NextAsync(frame, headerOnly, cancellationToken))
        {
            await _reader.DisposeAsync();
            _segment++;
            _reader = null;
            _reader = await OpenAsync(SegmentHeader.Bytes, cancellationToken);
        }

        SectionHeader header = frame.Header;
        if (header.Kind != _kind || header.Drive != _drive || header.Number != _number)
        {
            throw _reader.Damaged(frame.Offset, "it is a section of another stream, or has another number");
        }

        _number++;
        _bytes += header.PlainBytes;
        _stored += SectionHeader.Bytes + header.StoredBytes;
        return true;
    }

    /// <summary>Makes a failure that names a section of the stream.</summary>
    public RepositoryException Damaged(long number, string why, Exception? inner = null) => new(
        RepositoryFailure.Damaged,
        $"Set {_part.Set}, owner {_part.Name}, drive {(char)('A' + _drive)}, {_kind} section {number}: {why}.",
        _part.Set.Text,
        inner);

    public async ValueTask DisposeAsync()
    {
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
            _reader = null;
        }
    }

    private async ValueTask<bool> NextAsync(SectionFrame frame, bool headerOnly, CancellationToken cancellationToken)
    {
        if (!headerOnly)
        {
            return await _reader!.ReadAsync(frame, cancellationToken);
        }

        long position = _reader!.Position;
        if (!await _reader.ReadHeaderAsync(frame, cancellationToken))
        {
            return false;
        }

        if (frame.Header.Encoding == SectionEncoding.Reference)
        {
            _reader.Position = position;
            return await _reader.ReadAsync(frame, cancellationToken);
        }

        return true;
    }

    private async ValueTask<SegmentReader> OpenAsync(long offset, CancellationToken cancellationToken)
    {
        if (_segment >= _part.Segments.Count)
        {
            throw Damaged(_number, "the segments end before the stream ends");
        }

        long bytes = _part.Segments[_segment].Bytes;
        if (offset < SegmentHeader.Bytes || offset > bytes)
        {
            throw Damaged(_number, "the stream begins beyond the end of its segment");
        }

        SegmentHeader identity = new(_part.Set, _part.Number, _segment);
        SegmentReader reader = await SegmentReader.OpenAsync(_storage, _folder, identity, bytes, dropCache: false, cancellationToken);
        reader.Position = offset;
        return reader;
    }
}
