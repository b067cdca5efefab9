using System.IO.Hashing;
using System.Text;
using Conn.DataOwners.Directory;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>Streams and snapshots of a directory owner that are always the same.</summary>
internal static class DirectoryExamples
{
    public static byte[] Base() => Write(increment: false, static encoder =>
    {
        encoder.Entry(RecordKind.Folder, Entry(""));
        File(encoder, "a", "content");
        encoder.Entry(RecordKind.Folder, Entry("d", withAttributes: true));
        File(encoder, "d/big", "more content", hole: 5000);
        encoder.File(Entry("d/lost", size: 3));
        encoder.Discard();
        encoder.Link(Entry("l"), "d/big"u8);
        encoder.HardLink(Entry("m", leader: "a"));
        encoder.BeginPart();
        encoder.Bare(RecordKind.LeftOut, "d/socket"u8);
    });

    public static byte[] Increment() => Write(increment: true, static encoder =>
    {
        encoder.Keep(0, "a"u8);
        encoder.BeginPart();
        encoder.Bare(RecordKind.Delete, "l"u8);
        encoder.Bare(RecordKind.Delete, "m"u8);
        encoder.BeginPart();
        encoder.KeptFile(Entry("b"), 0);
        encoder.Entry(RecordKind.Attributes, Entry("d"));
        encoder.File(Entry("d/big", size: 5012), RecordKind.Patch);
        encoder.Same(5000);
        encoder.Data("more CONTENT"u8);
        encoder.EndFile(ContentHash.Of([.. new byte[5000], .. "more CONTENT"u8]));
        File(encoder, "d/new", "");
    });

    public static byte[] Snapshot()
    {
        using SnapshotWriter writer = new(Path.GetTempPath(), 0);
        TreeEntry[] entries =
        [
            Of(EntryKind.Folder, ""), Of(EntryKind.File, "a", "content"), Of(EntryKind.Folder, "d"), Of(EntryKind.File, "d/big", "more content", hole: 5000), Of(EntryKind.Link, "l", "d/big"),
            Of(EntryKind.HardLink, "m"),
        ];
        foreach (TreeEntry entry in entries)
        {
            if (entry.Path.Span.SequenceEqual("d/big"u8))
            {
                using BlockTable blocks = new(Path.GetTempPath());
                blocks.Add(0, new Hash128(1, 2));
                blocks.Add(3000, new Hash128(3, 4));
                entry.BlockPieces = blocks.MoveTo(writer);
                entry.Extended = Attributes;
            }

            writer.Add(entry);
        }

        writer.Finish();
        List<byte> all = [];
        byte[] piece = new byte[1 << 20];
        for (bool isLast = false; !isLast;)
        {
            all.AddRange(piece.AsSpan(0, writer.ReadPiece(piece, out isLast)));
        }

        return [.. all];
    }

    private static byte[] Attributes { get; } = [6, .. "user.x"u8, 3, .. "abc"u8];

    private static TreeEntry Of(EntryKind kind, string path, string content = "", int hole = 0)
    {
        TreeEntry entry = Entry(path, leader: kind == EntryKind.HardLink ? "a" : "");
        (entry.Kind, entry.Size, entry.Hash, entry.Inode, entry.Changed) = (kind, content.Length + hole, HashOf(content, hole), 77, 88);
        entry.Racy = path == "a";
        return entry;
    }

    private static void File(StreamEncoder encoder, string path, string content, int hole = 0)
    {
        encoder.File(Entry(path, size: content.Length + hole));
        if (hole > 0)
        {
            encoder.Hole(hole);
        }

        if (content.Length > 0)
        {
            encoder.Data(Encoding.UTF8.GetBytes(content));
        }

        encoder.EndFile(HashOf(content, hole));
    }

    private static Hash128 HashOf(string content, int hole)
    {
        XxHash128 hash = new();
        if (hole > 0)
        {
            FileContent.HashHole(hash, hole);
        }

        hash.Append(Encoding.UTF8.GetBytes(content));
        return ContentHash.Of(hash);
    }

    private static TreeEntry Entry(string path, long size = 0, string leader = "", bool withAttributes = false)
    {
        TreeEntry entry = new() { Mode = 0x1ED, UserId = 12345, GroupId = 12345, Modified = 1_700_000_000_123_456_789, Size = size, Extended = withAttributes ? Attributes : [] };
        entry.Path.Set(Encoding.UTF8.GetBytes(path));
        entry.Leader.Set(Encoding.UTF8.GetBytes(leader));
        return entry;
    }

    private static byte[] Write(bool increment, Action<StreamEncoder> write)
    {
        SectionFiller filler = new();
        byte[] section = new byte[1 << 20];
        filler.Begin(section);
        StreamEncoder encoder = new(filler);
        encoder.Header(increment);
        write(encoder);
        encoder.End();
        return section[..filler.Used];
    }
}
