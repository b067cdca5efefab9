using System.Buffers.Binary;
using System.Text;

namespace Conn.DataOwners.Sqlite;

/// <summary>What finds a prepared staged file again in another process. Parsed as untrusted: it can name no file but a staged one beside the target.</summary>
/// <param name="StagedName">Name of the staged file, in the folder of the database.</param>
/// <param name="IntoLive">Whether a live database was there to be written into.</param>
/// <param name="State">What the staged file must be.</param>
/// <param name="ContentDigest">The digest by content of the state to restore.</param>
/// <param name="SchemaVersion">The schema version of the live database before the restore; 0 when there was none.</param>
internal sealed record RestoreToken(string StagedName, bool IntoLive, StagedState State, byte[] ContentDigest, int SchemaVersion)
{
    private const int FixedBytes = 60;
    private const ushort Version = 2;

    private static ReadOnlySpan<byte> Magic => "CONNSQLT"u8;

    public byte[] ToBytes()
    {
        byte[] name = Encoding.UTF8.GetBytes(StagedName);
        byte[] bytes = new byte[FixedBytes + name.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        bytes[10] = IntoLive ? (byte)1 : (byte)0;
        bytes[11] = State.Wal ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), State.PageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), State.PageCount);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(20), (ushort)State.UnixMode);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(22), (ushort)name.Length);
        State.Digest.CopyTo(bytes, 24);
        ContentDigest.CopyTo(bytes, 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), SchemaVersion);
        name.CopyTo(bytes, FixedBytes);
        return bytes;
    }

    public static RestoreToken Parse(ReadOnlySpan<byte> bytes, string owner)
    {
        if (bytes.Length < FixedBytes || !bytes[..8].SequenceEqual(Magic) || BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) != Version)
        {
            throw SqliteErrors.Damaged($"The token of owner {owner}'s prepared restore is not one of this version of the SQLite owner.");
        }

        uint pageSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        uint pageCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        int mode = BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[22..]);
        string name = bytes.Length == FixedBytes + nameBytes ? Encoding.UTF8.GetString(bytes[FixedBytes..]) : string.Empty;
        if (!PageOne.IsPageSize(pageSize) || pageCount == 0 || mode > 0x1FF || !StagedFile.IsName(owner, name))
        {
            throw SqliteErrors.Damaged($"The token of owner {owner}'s prepared restore holds a value that is never written.");
        }

        StagedState state = new((int)pageSize, pageCount, bytes[24..40].ToArray(), bytes[11] == 1, mode);
        return new RestoreToken(name, bytes[10] == 1, state, bytes[40..56].ToArray(), BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]));
    }
}
