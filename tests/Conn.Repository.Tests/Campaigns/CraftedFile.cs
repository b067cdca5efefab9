using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Testing.Storage;

namespace Conn.Repository.Tests.Campaigns;

/// <summary>A stored file that somebody changed who knows the format: every checksum is right.</summary>
internal static class CraftedFile
{
    // Heads of MessagePack values, and bytes that paths and terminals take for something else.
    private static readonly byte[] Heads = [0x90, 0x91, 0x9f, 0xc0, 0xc2, 0xc4, 0xc6, 0xca, 0xcc, 0xcf, 0xd3, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xff, 0x7f, 0x00, 0x2f, 0x2e, 0x1b];

    /// <summary>Changes a file, and what refers to it.</summary>
    /// <returns>What was done.</returns>
    public static string Make(TearingStorage storage, Random random)
    {
        string[] paths = [.. storage.Files().Where(static file => file.Bytes > CheckedRecord.HeaderBytes).Select(static file => file.Path)];
        string path = paths[random.Next(paths.Length)];
        byte[] file = storage.Read(path);
        if (path.EndsWith(".data", StringComparison.Ordinal))
        {
            storage.Put(path, Segment(file, random));
        }
        else
        {
            RecordKind kind = (RecordKind)BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(10));
            byte[] record = CheckedRecord.Seal(kind, Payload(file.AsSpan(CheckedRecord.HeaderBytes), random), CheckedRecord.VersionOf(file));
            storage.Put(path, record);
            if (kind == RecordKind.Manifest && random.Next(4) > 0)
            {
                Index(storage, path, record);
            }
        }

        return path;
    }

    /// <summary>Gives every section of a segment a right checksum, up to the first one whose length is out of range.</summary>
    public static void Reseal(byte[] file)
    {
        long seed = BitConverter.ToInt64(file);
        for (int at = SegmentHeader.Bytes; at + SectionHeader.Bytes <= file.Length;)
        {
            long length = SectionHeader.Bytes + (long)BitConverter.ToUInt32(file, at + 36);
            if (at + length > file.Length)
            {
                return;
            }

            XxHash128.Hash(file.AsSpan(at + 16, (int)length - 16), file.AsSpan(at, 16), seed);
            at += (int)length;
        }
    }

    private static byte[] Payload(ReadOnlySpan<byte> payload, Random random)
    {
        List<byte> bytes = [.. payload];
        for (int i = random.Next(3); i >= 0 && bytes.Count > 4; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = Heads[random.Next(Heads.Length)];
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.Insert(at, Heads[random.Next(Heads.Length)]);
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(4)));
                    break;
                default:
                    // A part of the record once more, as a list that is longer than it says.
                    bytes.InsertRange(at, bytes.GetRange(random.Next(at + 1), Math.Min(at + 1, 1 + random.Next(60)) is var count && count <= bytes.Count - at ? count : 0));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Segment(byte[] file, Random random)
    {
        byte[] bytes = [.. file];
        int first = SegmentHeader.Bytes + 16;
        for (int i = random.Next(3); i >= 0; i--)
        {
            int at = random.Next(2) == 0 ? first + random.Next(Math.Min(SectionHeader.Bytes, bytes.Length - first)) : first + random.Next(bytes.Length - first);
            bytes[at] = random.Next(2) == 0 ? Heads[random.Next(Heads.Length)] : (byte)random.Next(256);
        }

        Reseal(bytes);
        return bytes;
    }

    private static void Index(TearingStorage storage, string path, byte[] manifest)
    {
        IndexRecord index = IndexRecord.Open(storage.Read("index"));
        string id = path.Split('/')[1][9..];
        IEnumerable<IndexedSet> sets = index.Sets.Select(set => set.Id.Text == id ? set with { ManifestSha = CheckedRecord.ShaOf(manifest) } : set);
        storage.Put("index", (index with { Sets = [.. sets] }).Seal());
    }
}
