using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads the sections of one segment file. Invariant: it returns no section whose checksum does not match.</summary>
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

    /// <summary>Where reads come from. It is Cached unless the cache was dropped on opening.</summary>
    public ReadBack ReadBack { get; private set; } = ReadBack.Cached;

    /// <summary>Opens the file, and checks its length and its header.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public static async ValueTask<SegmentReader> OpenAsync(
        IRepositoryStorage storage, string folder, SegmentHeader identity, long bytes, bool dropCache, CancellationToken cancellationToken)
    {
        string path = folder + "/" + RepositoryLayout.SegmentName(identity.Part, identity.Segment);
        IStoredFile file = await storage.OpenReadAsync(path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"{path} is missing.", identity.Set.Text);
        SegmentReader reader = new(file, identity, path);
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

            byte[] header = new byte[SegmentHeader.Bytes];
            await file.ReadAsync(0, header, cancellationToken);
            return identity.Matches(header, out reader._seed) ? reader : throw reader.Damaged(0, "its header does not match");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the next section as it is stored, and checks it; returns false at the end of the file.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        if (!await ReadHeaderAsync(frame, cancellationToken))
        {
            return false;
        }

        long offset = frame.Offset;
        int length = frame.Header.StoredBytes;
        frame.Reserve(length);
        if (await _file.ReadAsync(offset + SectionHeader.Bytes, frame.Stored.AsMemory(SectionHeader.Bytes, length), cancellationToken) != length)
        {
            throw Damaged(offset, "the file ends within a section");
        }

        Span<byte> covered = frame.Stored.AsSpan(SectionHeader.CheckedFrom, SectionHeader.Bytes - SectionHeader.CheckedFrom + length);
        return ContentHash.Of(covered, _seed) == frame.Header.Checksum ? true : throw Damaged(offset, "the checksum of a section does not match");
    }

    /// <summary>Reads the next header, and moves behind its section; returns false at the end of the file. It checks the sizes, not the checksum.</summary>
    /// <exception cref="RepositoryException">Damaged.</exception>
    public async ValueTask<bool> ReadHeaderAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        long offset = Position;
        if (offset == _file.Bytes)
        {
            return false;
        }

        if (_file.Bytes - offset < SectionHeader.Bytes
            || await _file.ReadAsync(offset, frame.Stored.AsMemory(0, SectionHeader.Bytes), cancellationToken) != SectionHeader.Bytes)
        {
            throw Damaged(offset, "the file ends within a header");
        }

        if (!SectionHeader.TryRead(frame.Stored, out SectionHeader header) || header.StoredBytes > _file.Bytes - offset - SectionHeader.Bytes)
        {
            throw Damaged(offset, "the header of a section is not valid");
        }

        frame.Header = header;
        frame.Segment = _identity.Segment;
        frame.Offset = offset;
        Position = offset + SectionHeader.Bytes + header.StoredBytes;
        return true;
    }

    /// <summary>Makes a failure that names the file and the offset.</summary>
    public RepositoryException Damaged(long offset, string why, Exception? inner = null) =>
        new(RepositoryFailure.Damaged, $"{_path} at {offset}: {why}.", _identity.Set.Text, inner);

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
