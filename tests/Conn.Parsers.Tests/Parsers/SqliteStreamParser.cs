using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.ActiveBackup.Content;
using Conn.DataOwners;
using Conn.DataOwners.Sqlite;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A snapshot, a base and an increment of a SQLite owner, put together as an extraction does.</summary>
internal sealed class SqliteStreamParser : FuzzedParser
{
    private const int PageBytes = 512;

    // A folder of its own, because what earlier processes left in the common one is looked for each time.
    private readonly Lazy<SqliteContent> _content = new(static () => new SqliteContent("ledger.db", ScratchFolder.Of("sqlite-stream")));

    public override string Name => "sqlite-stream";

    public override IReadOnlyList<byte[]> Examples() => [Example(withIncrement: false), Example(withIncrement: true)];

    public override void Parse(byte[] input)
    {
        byte[][] parts = Cuts.Parts(input, 3);
        StoredStream[] chain = [Cuts.Stream(parts[1], 100), Cuts.Stream(parts[2], 0)];
        ExtractAsync(new StoredContent { Snapshot = Cuts.Stream(parts[0], 0), Chain = parts[2].Length == 0 ? chain[..1] : chain }).AsTask().GetAwaiter().GetResult();
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;

    /// <summary>A database of two pages that is one by its header alone, and with an increment one of three.</summary>
    internal static byte[] Example(bool withIncrement)
    {
        byte[][] pages = [Page(1, 2), Page(2, 0)];
        byte[] digest = Digest(pages);
        byte[] first = [.. new StreamHeader(false, false, 0x1A4, PageBytes, 2, 0, new byte[StateDigest.Bytes]).ToBytes(), .. pages.SelectMany(static p => p), .. digest];
        if (!withIncrement)
        {
            return Cuts.Join(Snapshot(2, digest), first, []);
        }

        byte[][] next = [Page(1, 3), pages[1], Page(3, 0)];
        byte[] nextDigest = Digest(next);
        byte[] second =
        [
            .. new StreamHeader(true, true, 0, PageBytes, 3, 2, digest).ToBytes(), 1, 0, 0, 0, .. next[0], 3, 0, 0, 0, .. next[2], 0, 0, 0, 0, .. nextDigest,
        ];
        return Cuts.Join(Snapshot(3, nextDigest), first, second);
    }

    private static byte[] Snapshot(uint pages, byte[] digest) => new SnapshotHeader(PageBytes, pages, digest).ToBytes();

    private static byte[] Digest(byte[][] pages)
    {
        StateDigest digest = new();
        foreach (byte[] page in pages)
        {
            digest.Append(XxHash128.Hash(page));
        }

        return digest.Finish(PageBytes, (uint)pages.Length);
    }

    private static byte[] Page(byte number, uint pages)
    {
        byte[] page = new byte[PageBytes];
        page.AsSpan().Fill(number);
        if (number == 1)
        {
            "SQLite format 3\0"u8.CopyTo(page);
            BinaryPrimitives.WriteUInt16BigEndian(page.AsSpan(16), PageBytes);
            page[18] = page[19] = 1;
            BinaryPrimitives.WriteUInt32BigEndian(page.AsSpan(28), pages);
        }

        return page;
    }

    private async ValueTask ExtractAsync(StoredContent content)
    {
        await foreach (ContentPiece piece in _content.Value.ExtractContentAsync(content, static _ => true, default))
        {
            _ = piece.Entry.Text;
        }
    }
}
