using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>A snapshot on its way in: kept on disk as it comes, used only after <see cref="Check"/> matched every byte of it with its digest.</summary>
internal sealed class ReceivedSnapshot(SafeFileHandle file) : IDisposable
{
    private readonly byte[] _block = new byte[64 * 1024];
    private long _length;
    private bool _ended;
    private long _blockOffset = -1;

    public SnapshotHeader? Header { get; private set; }

    public void Accept(ReadOnlySpan<byte> section, bool last)
    {
        if (_ended)
        {
            throw SqliteErrors.Damaged("More of the snapshot came after its last piece.");
        }

        RandomAccess.Write(file, section, _length);
        _length += section.Length;
        _ended = last;
    }

    public void Check(CancellationToken cancellationToken)
    {
        Span<byte> start = stackalloc byte[SnapshotHeader.Bytes];
        int read = RandomAccess.Read(file, start, 0);
        SnapshotHeader header = SnapshotHeader.Parse(start[..read]);
        if (!_ended || _length != header.TotalBytes)
        {
            throw SqliteErrors.Damaged($"The snapshot has {_length} bytes and should have {header.TotalBytes}: a base is needed.");
        }

        StateDigest digest = new();
        for (long offset = SnapshotHeader.Bytes; offset < _length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int piece = RandomAccess.Read(file, _block, offset);
            digest.Append(_block.AsSpan(0, piece));
            offset += piece;
        }

        if (!digest.Finish(header.PageSize, header.PageCount).AsSpan().SequenceEqual(header.Digest))
        {
            throw SqliteErrors.Damaged("The snapshot does not match its own digest: a base is needed.");
        }

        Header = header;
    }

    /// <summary>The stored hash of a page of the parent state; pages are asked for in rising order.</summary>
    public ReadOnlySpan<byte> HashOf(uint page)
    {
        long offset = SnapshotHeader.Bytes + ((long)(page - 1) * PageHashes.HashBytes);
        long relative = offset - _blockOffset;
        if (_blockOffset < 0 || relative < 0 || relative + PageHashes.HashBytes > _block.Length)
        {
            _ = RandomAccess.Read(file, _block, offset);
            _blockOffset = offset;
            relative = 0;
        }

        return _block.AsSpan((int)relative, PageHashes.HashBytes);
    }

    public void Dispose() => file.Dispose();
}
