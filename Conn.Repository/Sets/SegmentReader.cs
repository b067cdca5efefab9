using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Walks the sections of one data file; gives none whose checksum does not match, and reads nothing beyond the length it should have.</summary>
internal sealed class SegmentReader : IAsyncDisposable
{
    private readonly IStoredFile _file;
    private readonly SegmentHeader _identity;
    private readonly string _path;
    private long _seed;

    private SegmentReader(IStoredFile file, SegmentHeader identity, string path)
    {
        _file = file;
        _identity = identity;
        _path = path;
    }

    /// <summary>Offset of the next section.</summary>
    public long Position { get; set; } = SegmentHeader.Bytes;

    public IStoredFile File => _file;

    /// <summary>Opens the file and checks that it is there, as long as stated, and the one it should be.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public static async ValueTask<SegmentReader> OpenAsync(
        IRepositoryStorage storage, string folder, SegmentHeader identity, long bytes, bool dropCache, CancellationToken cancellationToken)
    {
        var path = folder + "/" + RepositoryLayout.SegmentName(identity.Part, identity.Segment);
        var file = await storage.OpenReadAsync(path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is missing.", identity.Set.Text);
        var reader = new SegmentReader(file, identity, path);
        try
        {
            if (file.Bytes != bytes)
            {
                throw reader.Damaged(0, $"it has {file.Bytes} bytes, not {bytes}");
            }

            if (dropCache)
            {
                reader.ReadBack = await file.DropCacheAsync(cancellationToken);
            }

            var header = new byte[SegmentHeader.Bytes];
            await file.ReadAsync(0, header, cancellationToken);
            return identity.Matches(header, out reader._seed) ? reader : throw reader.Damaged(0, "its header does not match");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where reads come from; known when the cache was to be dropped.</summary>
    public ReadBack ReadBack { get; private set; } = ReadBack.Cached;

    /// <summary>Reads the next section whole and checks it as stored; false at the end of the file.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        if (!await ReadHeaderAsync(frame, cancellationToken))
        {
            return false;
        }

        var at = frame.Offset;
        var length = frame.Header.StoredBytes;
        frame.Reserve(length);
        if (await _file.ReadAsync(at + SectionHeader.Bytes, frame.Stored.AsMemory(SectionHeader.Bytes, length), cancellationToken) != length)
        {
            throw Damaged(at, "it was cut short");
        }

        var check = frame.Stored.AsSpan(SectionHeader.CheckedFrom, SectionHeader.Bytes - SectionHeader.CheckedFrom + length);
        return XxHash128.HashToUInt128(check, _seed) == frame.Header.Checksum ? true : throw Damaged(at, "its checksum does not match");
    }

    /// <summary>Reads the next header only, unchecked but in range, and stands behind its section; false at the end of the file.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadHeaderAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        var at = Position;
        if (at == _file.Bytes)
        {
            return false;
        }

        if (_file.Bytes - at < SectionHeader.Bytes
            || await _file.ReadAsync(at, frame.Stored.AsMemory(0, SectionHeader.Bytes), cancellationToken) != SectionHeader.Bytes)
        {
            throw Damaged(at, "it was cut short");
        }

        if (!SectionHeader.TryRead(frame.Stored, out var header) || header.StoredBytes > _file.Bytes - at - SectionHeader.Bytes)
        {
            throw Damaged(at, "its header cannot be one");
        }

        frame.Header = header;
        frame.Segment = _identity.Segment;
        frame.Offset = at;
        Position = at + SectionHeader.Bytes + header.StoredBytes;
        return true;
    }

    /// <summary>A failure that names file and place.</summary>
    public RepositoryException Damaged(long offset, string why, Exception? inner = null) =>
        new(RepositoryFailure.Damaged, $"{_path} at {offset}: {why}.", _identity.Set.Text, inner);

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
