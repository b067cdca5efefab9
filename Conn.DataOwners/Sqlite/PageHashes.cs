using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>The hashes of all pages of one state, in page order, on disk; in memory there is one block of them.</summary>
internal sealed class PageHashes : IDisposable
{
    public const int HashBytes = 16;
    private const int BlockBytes = 64 * 1024;

    private readonly SafeFileHandle _file;
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly StateDigest _digest = new();
    private int _used;
    private long _written;

    public PageHashes(SafeFileHandle file) => _file = file;

    public void Append(ReadOnlySpan<byte> hash)
    {
        if (_used == BlockBytes)
        {
            Flush();
        }

        hash.CopyTo(_block.AsSpan(_used));
        _used += HashBytes;
        _digest.Append(hash);
    }

    /// <summary>Ends the list.</summary>
    /// <returns>The digest of the state.</returns>
    public byte[] Seal(int pageSize, uint pageCount)
    {
        Flush();
        return _digest.Finish(pageSize, pageCount);
    }

    /// <summary>Reads stored bytes of a sealed list.</summary>
    public int ReadAt(long offset, Span<byte> destination) => RandomAccess.Read(_file, destination, offset);

    public void Dispose() => _file.Dispose();

    private void Flush()
    {
        RandomAccess.Write(_file, _block.AsSpan(0, _used), _written);
        _written += _used;
        _used = 0;
    }
}
