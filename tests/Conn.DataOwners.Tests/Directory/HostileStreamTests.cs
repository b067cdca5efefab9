using Conn.ActiveBackup;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Posix;
using CsCheck;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class HostileStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("x -> outside, then x/file")]
    [InlineData("x -> outside, then folder x/new")]
    [InlineData("../file")]
    [InlineData("/file")]
    [InlineData("a/../../file")]
    [InlineData("a//file")]
    [InlineData(".")]
    [InlineData("nul\0name")]
    [InlineData("b, then a")]
    [InlineData("a, then a")]
    [InlineData("no root")]
    [InlineData("hard link to outside")]
    [InlineData("hard link through a link")]
    [InlineData("delete in a base")]
    [InlineData("wrong hash")]
    [InlineData("too short")]
    [InlineData("no end of file")]
    public async Task A_stream_that_no_backup_makes_is_refused_and_nothing_outside_is_touched(string kind)
    {
        using var ground = new Playground();
        ground.Folder("../outside");
        ground.Write("../outside/file", "precious");
        TreeImage before = TreeImage.Of(ground.At("outside"));
        byte[] stream = Make(kind, ground);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => OwnerDriver.RestoreAsync(ground.At("target"), [Backup(stream)], 1, Token));
        Assert.Equal(ErrorCode.Corrupt, failure.Code);
        TreeImage.AssertSame(before, TreeImage.Of(ground.At("outside")), kind);
        Assert.Equal(["outside", "source"], System.IO.Directory.GetFileSystemEntries(ground.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("delete x/file through a link")]
    [InlineData("keep x/file through a link")]
    [InlineData("keep a folder")]
    [InlineData("attributes of a link")]
    [InlineData("a kept file that is none")]
    [InlineData("keep after delete")]
    [InlineData("delete what is not there")]
    [InlineData("changes of what is not there")]
    [InlineData("changes of x/file through a link")]
    [InlineData("changes of a link")]
    [InlineData("changes of a shorter file")]
    [InlineData("changes of another file")]
    [InlineData("a whole file that refers to the one before")]
    public async Task An_increment_that_no_backup_makes_is_refused_and_nothing_outside_is_touched(string kind)
    {
        using var ground = new Playground();
        ground.Folder("../outside");
        ground.Write("../outside/file", "precious");
        TreeImage before = TreeImage.Of(ground.At("outside"));
        byte[] first = Write(false, encoder =>
        {
            Root(encoder);
            encoder.Entry(RecordKind.Folder, Entry("d"));
            WholeFile(encoder, "small", new byte[10]);
            encoder.Link(Entry("x"), Playground.Raw(ground.At("outside")).AsSpan()[..^1]);
        });
        byte[] second = Write(true, encoder =>
        {
            switch (kind)
            {
                case "delete x/file through a link": encoder.Bare(RecordKind.Delete, "x/file"u8); break;
                case "keep x/file through a link": encoder.Keep(0, "x/file"u8); break;
                case "keep a folder": encoder.Keep(0, "d"u8); break;
                case "attributes of a link": encoder.Entry(RecordKind.Attributes, Entry("x")); break;
                case "a kept file that is none": encoder.KeptFile(Entry("y"), 0); break;
                case "delete what is not there": encoder.Bare(RecordKind.Delete, "nothing"u8); break;
                case "changes of what is not there": Same(encoder, RecordKind.Patch, "y", 8); break;
                case "changes of x/file through a link": Same(encoder, RecordKind.Patch, "x/file", 8); break;
                case "changes of a link": Same(encoder, RecordKind.Patch, "x", 8); break;
                case "changes of a shorter file": Same(encoder, RecordKind.Patch, "small", 11); break;
                case "changes of another file": Same(encoder, RecordKind.Patch, "small", 10, content: [.. "0123456789"u8]); break;
                case "a whole file that refers to the one before": Same(encoder, RecordKind.File, "small", 10); break;
                default:
                    encoder.Bare(RecordKind.Delete, "d"u8);
                    encoder.BeginPart();
                    encoder.Keep(0, "e"u8);
                    break;
            }
        });
        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => OwnerDriver.RestoreAsync(ground.At("target"), [Backup(first), Backup(second)], 1, Token));
        Assert.Equal(ErrorCode.Corrupt, failure.Code);
        TreeImage.AssertSame(before, TreeImage.Of(ground.At("outside")), kind);
        Assert.Equal(["outside", "source"], System.IO.Directory.GetFileSystemEntries(ground.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Damaged_bytes_are_Corrupt_or_harmless_and_nothing_outside_is_touched()
    {
        using var ground = new Playground();
        ground.Folder("../outside");
        ground.Write("../outside/file", "precious");
        ground.Folder("d");
        ground.Write("d/file", Playground.Random(300));
        ground.HardLink("e", "d/file");
        ground.Link("x", ground.At("outside"));
        ground.Sparse("holes", 100_000, (50_000, Playground.Random(10)));
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        ground.Move("e", "f");
        ground.Write("x2", "new");
        ground.Remove("d/file");
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), first, 2, Token);
        TreeImage before = TreeImage.Of(ground.At("outside"));
        int refused = 0;
        await Gen.Int[0, int.MaxValue].SampleAsync(
            async seed =>
            {
                var random = new Random(seed);
                byte[][] data = [[.. first.Data], [.. second.Data]];
                byte[] victim = data[random.Next(2)];
                for (int flips = random.Next(1, 4); flips > 0; flips--)
                {
                    victim[random.Next(victim.Length)] = (byte)random.Next(256);
                }

                try
                {
                    await OwnerDriver.RestoreAsync(ground.At("target"), [Backup(data[0]), Backup(data[1])], seed, Token, 200);
                }
                catch (ConnException failure)
                {
                    Assert.Equal(ErrorCode.Corrupt, failure.Code);
                    refused++;
                }

                TreeImage.AssertSame(before, TreeImage.Of(ground.At("outside")), $"seed {seed}");
                Errno.Check(TreeRemover.Remove(Kernel.CurrentFolder, Playground.Raw(ground.At("target"))), "target");
                Assert.Equal(["outside", "source"], System.IO.Directory.GetFileSystemEntries(ground.Path).Select(Path.GetFileName).Order());
            },
            iter: 300,
            threads: 1);
        Assert.True(refused > 100, $"{refused} refused");
    }

    private static byte[] Make(string kind, Playground ground) => Write(false, encoder =>
    {
        if (kind != "no root")
        {
            Root(encoder);
        }

        switch (kind)
        {
            case "x -> outside, then x/file":
                encoder.Link(Entry("x"), Playground.Raw(ground.At("outside")).AsSpan()[..^1]);
                encoder.File(Entry("x/file"));
                encoder.EndFile(default);
                break;
            case "x -> outside, then folder x/new":
                encoder.Link(Entry("x"), "../outside"u8);
                encoder.Entry(RecordKind.Folder, Entry("x/new"));
                break;
            case "b, then a":
                encoder.Entry(RecordKind.Folder, Entry("b"));
                encoder.Entry(RecordKind.Folder, Entry("a"));
                break;
            case "a, then a":
                encoder.Entry(RecordKind.Folder, Entry("a"));
                encoder.Entry(RecordKind.Folder, Entry("a"));
                break;
            case "hard link to outside":
                encoder.HardLink(Entry("z", "../outside/file"));
                break;
            case "hard link through a link":
                encoder.Link(Entry("x"), "../outside"u8);
                encoder.HardLink(Entry("z", "x/file"));
                break;
            case "delete in a base":
                encoder.Bare(RecordKind.Delete, "a"u8);
                break;
            case "wrong hash" or "too short" or "no end of file":
                TreeEntry file = Entry("f");
                file.Size = kind == "too short" ? 5 : 0;
                encoder.File(file);
                if (kind != "no end of file")
                {
                    encoder.EndFile(kind == "wrong hash" ? new Hash128(0, 1) : ContentHash.Of([]));
                }

                break;
            default:
                encoder.Entry(RecordKind.Folder, Entry(kind));
                break;
        }
    });

    private static byte[] Write(bool increment, Action<StreamEncoder> write)
    {
        var filler = new SectionFiller();
        byte[] section = new byte[1 << 20];
        filler.Begin(section);
        var encoder = new StreamEncoder(filler);
        encoder.Header(increment);
        write(encoder);
        encoder.End();
        return section[..filler.Used];
    }

    private static void WholeFile(StreamEncoder encoder, string path, byte[] content)
    {
        TreeEntry entry = Entry(path);
        entry.Size = content.Length;
        encoder.File(entry);
        encoder.Data(content);
        encoder.EndFile(ContentHash.Of(content));
    }

    private static void Same(StreamEncoder encoder, RecordKind kind, string path, int length, byte[]? content = null)
    {
        TreeEntry entry = Entry(path);
        entry.Size = length;
        encoder.File(entry, kind);
        encoder.Same(length);
        encoder.EndFile(ContentHash.Of(content ?? new byte[length]));
    }

    private static void Root(StreamEncoder encoder) => encoder.Entry(RecordKind.Folder, Entry(string.Empty));

    private static TreeEntry Entry(string path, string leader = "")
    {
        var entry = new TreeEntry { Mode = 0x1ED };
        entry.Path.Set(System.Text.Encoding.Latin1.GetBytes(path));
        entry.Leader.Set(System.Text.Encoding.Latin1.GetBytes(leader));
        return entry;
    }

    private static OwnerDriver.Backup Backup(byte[] data) => new(data, [], 0, OwnerRemarks.Nothing);
}
