using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Format;

/// <summary>The envelope of every record: nothing inside is looked at before its length and its SHA-256 are right.</summary>
internal static class CheckedRecord
{
    public const int HeaderBytes = 56;
    private const int ShaOffset = 24;

    private static ReadOnlySpan<byte> Magic => "CONNREC\0"u8;

    public static byte[] Seal(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        var record = new byte[HeaderBytes + payload.Length];
        Magic.CopyTo(record);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(8), FormatLimits.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(10), (ushort)kind);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(16), payload.Length);
        payload.CopyTo(record.AsSpan(HeaderBytes));
        Sha(record, record.AsSpan(ShaOffset, FormatLimits.ShaBytes));
        return record;
    }

    /// <summary>Gets the SHA-256 of a sealed record, by which other records refer to it.</summary>
    public static Sha256Hash ShaOf(ReadOnlySpan<byte> record) => Sha256Hash.Read(record[ShaOffset..]);

    /// <summary>Checks a record and gives its payload.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    public static ReadOnlyMemory<byte> Open(RecordKind kind, ReadOnlyMemory<byte> record)
    {
        var bytes = record.Span;
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic))
        {
            throw Damaged(kind, bytes.Length < HeaderBytes ? "it was cut short" : "it does not begin as one");
        }

        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) != bytes.Length - HeaderBytes)
        {
            throw Damaged(kind, "its length is not the one it states");
        }

        Span<byte> sha = stackalloc byte[FormatLimits.ShaBytes];
        Sha(bytes, sha);
        if (!sha.SequenceEqual(bytes.Slice(ShaOffset, FormatLimits.ShaBytes)))
        {
            throw Damaged(kind, "its checksum does not match");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version > FormatLimits.Version)
        {
            throw new RepositoryException(
                RepositoryFailure.NewerFormat, $"The {Name(kind)} is of format version {version}; this program reads {FormatLimits.Version}. A newer program is needed.");
        }

        return version != FormatLimits.Version
            || BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) != (ushort)kind
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != 0
            ? throw Damaged(kind, "it is another record")
            : record[HeaderBytes..];
    }

    public static RepositoryException Damaged(RecordKind kind, string why, Exception? inner = null) =>
        new(RepositoryFailure.Damaged, $"The {Name(kind)} is damaged: {why}.", null, inner);

    private static string Name(RecordKind kind) => kind switch
    {
        RecordKind.Format => "format file",
        RecordKind.Index => "index",
        RecordKind.Manifest => "manifest",
        _ => "restore record",
    };

    private static void Sha(ReadOnlySpan<byte> record, Span<byte> sha)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(record[..ShaOffset]);
        hash.AppendData(record[HeaderBytes..]);
        hash.GetHashAndReset(sha);
    }
}
