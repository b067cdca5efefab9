using System.Buffers.Binary;
using System.IO.Hashing;

namespace Conn.DataOwners.Sqlite;

/// <summary>One value for a whole state: XxHash128 over the hashes of all pages in order, then page size and page count.</summary>
internal sealed class StateDigest
{
    public const int Bytes = 16;

    private readonly XxHash128 _hash = new();

    public void Append(ReadOnlySpan<byte> pageHashes) => _hash.Append(pageHashes);

    public byte[] Finish(int pageSize, uint pageCount)
    {
        Span<byte> tail = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tail, pageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(tail[4..], pageCount);
        _hash.Append(tail);
        return _hash.GetCurrentHash();
    }
}
