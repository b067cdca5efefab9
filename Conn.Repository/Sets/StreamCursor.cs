using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Walks one stored stream from file to file; numbers, counts and sizes have matched when it says "end". One thread at a time.</summary>
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

    /// <summary>Reads the next section, or with <paramref name="headerOnly"/> its header and the body of a reference; false at the end.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadAsync(SectionFrame frame, bool headerOnly, CancellationToken cancellationToken)
    {
        if (_number == _stream.Sections)
        {
            return _bytes == _stream.Bytes && _stored == _stream.StoredBytes ? false : throw Damaged("its sections are not as long as the manifest says");
        }

        _reader ??= await OpenAsync(_stream.Offset, cancellationToken);
        while (!await NextAsync(frame, headerOnly, cancellationToken))
        {
            await _reader.DisposeAsync();
            _segment++;
            _reader = null;
            _reader = await OpenAsync(SegmentHeader.Bytes, cancellationToken);
        }

        var header = frame.Header;
        if (header.Kind != _kind || header.Drive != _drive || header.Number != _number)
        {
            throw _reader.Damaged(frame.Offset, "another section is where one of this stream should be");
        }

        _number++;
        _bytes += header.PlainBytes;
        _stored += SectionHeader.Bytes + header.StoredBytes;
        return true;
    }

    public RepositoryException Damaged(string why, Exception? inner = null) =>
        new(RepositoryFailure.Damaged, $"Set {_part.Set}, owner {_part.Name}, drive {(char)('A' + _drive)}, {_kind} section {_number}: {why}.", _part.Set.Text, inner);

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

        var at = _reader!.Position;
        if (!await _reader.ReadHeaderAsync(frame, cancellationToken))
        {
            return false;
        }

        if (frame.Header.Encoding == SectionEncoding.Reference)
        {
            _reader.Position = at;
            return await _reader.ReadAsync(frame, cancellationToken);
        }

        return true;
    }

    private async ValueTask<SegmentReader> OpenAsync(long offset, CancellationToken cancellationToken)
    {
        if (_segment >= _part.Segments.Count)
        {
            throw Damaged("the files end before the stream does");
        }

        var bytes = _part.Segments[_segment].Bytes;
        if (offset < SegmentHeader.Bytes || offset > bytes)
        {
            throw Damaged("it begins beyond the end of its file");
        }

        var identity = new SegmentHeader(_part.Set, _part.Number, _segment);
        var reader = await SegmentReader.OpenAsync(_storage, _folder, identity, bytes, dropCache: false, cancellationToken);
        reader.Position = offset;
        return reader;
    }
}
