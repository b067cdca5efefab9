using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Format;

/// <summary>The envelope of every record. Invariant: no part of the payload is read before the length and the SHA-256 of the record have matched.</summary>
internal static class CheckedRecord
{
    public const int HeaderBytes = 56;
    private const int ShaOffset = 24;

    private static ReadOnlySpan<byte> Magic => "CONNREC\0"u8;

    public static byte[] Seal(RecordKind kind, ReadOnlySpan<byte> payload, int version = FormatLimits.Version)
    {
        byte[] record = new byte[HeaderBytes + payload.Length];
        Magic.CopyTo(record);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(8), (ushort)version);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(10), (ushort)kind);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(16), payload.Length);
        payload.CopyTo(record.AsSpan(HeaderBytes));
        Hash(record, record.AsSpan(ShaOffset, FormatLimits.ShaBytes));
        return record;
    }

    /// <summary>Gets the SHA-256 of a sealed record, by which other records refer to it.</summary>
    public static Sha256Hash ShaOf(ReadOnlySpan<byte> record) => Sha256Hash.Read(record[ShaOffset..]);

    /// <summary>Gets the version of a record.</summary>
    public static int VersionOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);

    /// <summary>Checks a record and returns its payload.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    public static ReadOnlyMemory<byte> Open(RecordKind kind, ReadOnlyMemory<byte> record)
    {
        ReadOnlySpan<byte> bytes = record.Span;
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic))
        {
            throw Damaged(kind, bytes.Length < HeaderBytes ? "it is shorter than a header" : "its header is not that of a record");
        }

        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) != bytes.Length - HeaderBytes)
        {
            throw Damaged(kind, "its length differs from the length in its header");
        }

        Span<byte> sha = stackalloc byte[FormatLimits.ShaBytes];
        Hash(bytes, sha);
        if (!sha.SequenceEqual(bytes.Slice(ShaOffset, FormatLimits.ShaBytes)))
        {
            throw Damaged(kind, "its checksum does not match");
        }

        int version = VersionOf(bytes);
        RecordKind found = (RecordKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        int newest = found is RecordKind.Index or RecordKind.Key ? FormatLimits.ExtendedVersion : FormatLimits.Version;
        if (version > newest)
        {
            throw new RepositoryException(
                RepositoryFailure.NewerFormat,
                $"The {Name(kind)} has format version {version}; this program reads version {newest}. Use a newer program.");
        }

        return version == 0
            || found != kind
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != 0
            ? throw Damaged(kind, "it is another kind of record")
            : record[HeaderBytes..];
    }

    public static RepositoryException Damaged(RecordKind kind, string why, Exception? inner = null) =>
        new(RepositoryFailure.Damaged, $"The {Name(kind)} is damaged: {why}.", null, inner);

    private static string Name(RecordKind kind) => kind switch
    {
        RecordKind.Format => "format file",
        RecordKind.Index => "index",
        RecordKind.Manifest => "manifest",
        RecordKind.Sums => "list of sums",
        RecordKind.Key => "key slot",
        RecordKind.Mark => "mark",
        RecordKind.Seal => "seal of a key slot",
        _ => "restore record",
    };

    private static void Hash(ReadOnlySpan<byte> record, Span<byte> sha)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(record[..ShaOffset]);
        hash.AppendData(record[HeaderBytes..]);
        hash.GetHashAndReset(sha);
    }
}
