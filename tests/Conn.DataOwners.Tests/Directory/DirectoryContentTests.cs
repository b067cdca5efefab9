using Conn.ActiveBackup.Content;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>What is listed and extracted of a stored tree is what a full restore of the same set brings back.</summary>
public sealed class DirectoryContentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(900)]
    public async Task Every_path_of_every_state_is_that_of_the_tree(int maxSection)
    {
        using Playground ground = new();
        StoredStates stored = new(5, maxSection);
        foreach (Action<Playground> change in DirectoryChainTests.States)
        {
            change(ground);
            await stored.AddAsync(ground, Token);
        }

        for (int state = 0; state < stored.Chain.Count; state++)
        {
            await AssertEachAsync(stored, state);
            await AssertAllAsync(stored, state, ground.At($"all-{state}"));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_path_of_a_random_tree_after_random_increments_is_that_of_a_full_restore(int seed)
    {
        using Playground ground = new();
        StoredStates stored = new(seed, 1 << 18);
        RandomChanges changes = new(ground, seed);
        for (int round = 0; round < 6; round++)
        {
            changes.Change(round == 0 ? 60 : 15);
            await stored.AddAsync(ground, Token);
        }

        foreach (int state in (int[])[2, 5])
        {
            await AssertEachAsync(stored, state);
            await AssertAllAsync(stored, state, ground.At($"all-{state}"));
            await OwnerDriver.RestoreAsync(ground.At($"full-{state}"), stored.Chain[..(state + 1)], seed, Token);
            TreeImage.AssertSame(TreeImage.Of(ground.At($"full-{state}")), TreeImage.Of(ground.At($"all-{state}")), $"seed {seed}, state {state}");
        }
    }

    [Fact]
    public async Task What_exists_is_replaced_as_was_asked()
    {
        using Playground ground = new();
        StoredStates stored = new(1, 1 << 20);
        foreach (string name in (string[])["same", "older", "newer"])
        {
            ground.Write(name, "stored");
            ground.Time(name, 2_000_000_000);
        }

        await stored.AddAsync(ground, Token);
        string target = ground.At("target");
        foreach ((ContentOverwrite overwrite, string replaced) in (IEnumerable<(ContentOverwrite, string)>)
            [(ContentOverwrite.Never, ""), (ContentOverwrite.IfChanged, "newer older"), (ContentOverwrite.IfNewer, "older"), (ContentOverwrite.Always, "newer older same")])
        {
            System.IO.Directory.CreateDirectory(target);
            foreach ((string name, int seconds) in (IEnumerable<(string, int)>)[("same", 2), ("older", 1), ("newer", 3)])
            {
                await File.WriteAllTextAsync($"{target}/{name}", "before", Token);
                Errno.Check(Kernel.ChangeMode(Kernel.CurrentFolder, Playground.Raw($"{target}/{name}"), 0x1A4), name);
                File.SetLastWriteTimeUtc($"{target}/{name}", DateTime.UnixEpoch.AddSeconds(seconds));
            }

            Dictionary<string, ContentAction> done = await stored.RestoreAsync(0, target, overwrite, static _ => true, Token);
            Assert.Equal(replaced, string.Join(' ', done.Where(static d => d.Value == ContentAction.Replace).Select(static d => d.Key[2..]).Order(StringComparer.Ordinal)));
            Assert.Equal(replaced, string.Join(' ', System.IO.Directory.EnumerateFiles(target).Where(static f => File.ReadAllText(f) == "stored")
                .Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)));
        }
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_in_the_target_and_no_folder_is_removed()
    {
        using Playground ground = new();
        StoredStates stored = new(1, 1 << 20);
        ground.Folder("folder");
        ground.Write("folder/file", "stored");
        ground.Write("file", "stored");
        ground.Write("link", "stored");
        await stored.AddAsync(ground, Token);
        string target = ground.At("target");
        System.IO.Directory.CreateDirectory(ground.At("outside"));
        await File.WriteAllTextAsync(ground.At("outside/file"), "outside", Token);
        System.IO.Directory.CreateDirectory(target + "/file/in it");
        File.CreateSymbolicLink(target + "/folder", "../outside");
        File.CreateSymbolicLink(target + "/link", "../outside/file");
        Dictionary<string, ContentAction> done = await stored.RestoreAsync(0, target, ContentOverwrite.Always, static _ => true, Token);
        Assert.Equal((ContentAction.Refuse, ContentAction.Refuse, ContentAction.Refuse, ContentAction.Replace),
            (done["./folder"], done["./folder/file"], done["./file"], done["./link"]));
        Assert.Equal("outside", await File.ReadAllTextAsync(ground.At("outside/file"), Token));
        Assert.Null(new FileInfo(target + "/link").LinkTarget);
        Assert.True(System.IO.Directory.Exists(target + "/file/in it"));
        Assert.DoesNotContain(System.IO.Directory.EnumerateFileSystemEntries(target), static e => e.Contains(".conn-restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_that_is_a_link_is_refused()
    {
        using Playground ground = new();
        System.IO.Directory.CreateDirectory(ground.At("outside"));
        File.CreateSymbolicLink(ground.At("docs"), "outside");
        ConnException refused = Assert.Throws<ConnException>(() => new ContentTarget(ground.Path, ["docs"], ContentOverwrite.Always));
        Assert.Equal(ErrorCode.AlreadyExists, refused.Code);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_run_that_ends_in_the_middle_leaves_whole_files_only()
    {
        using Playground ground = new();
        StoredStates stored = new(1, 4096);
        for (int i = 0; i < 9; i++)
        {
            ground.Write($"file-{i}", Playground.Random(100_000));
        }

        await stored.AddAsync(ground, Token);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int sections = 0;
        string target = ground.At("target");
        using ContentTarget folder = new(ground.Path, ["target"], ContentOverwrite.Never);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await folder.WriteAsync(
            Counted(new DirectoryContent().ExtractContentAsync(stored.Content(0), static _ => true, stop.Token)), static (_, _, _) => { }, stop.Token));
        string[] files = System.IO.Directory.GetFileSystemEntries(target);
        Assert.InRange(files.Length, 1, 8);
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(ground.Source + "/" + System.IO.Path.GetFileName(f)), File.ReadAllBytes(f)));

        async IAsyncEnumerable<ContentPiece> Counted(IAsyncEnumerable<ContentPiece> pieces)
        {
            await foreach (ContentPiece piece in pieces)
            {
                if (++sections == 200)
                {
                    await stop.CancelAsync();
                }

                yield return piece;
            }
        }
    }

    [Fact]
    public async Task A_damaged_or_cut_snapshot_is_corrupt_and_never_another_list()
    {
        using Playground ground = new();
        StoredStates stored = new(1, 1 << 20);
        DirectoryChainTests.States[0](ground);
        await stored.AddAsync(ground, Token);
        byte[] good = [.. stored.Chain[0].Snapshot.SelectMany(static p => p)];
        for (int at = 0; at < good.Length; at += 7)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x40;
            await AssertCorruptAsync(bad);
            await AssertCorruptAsync(good[..at]);
        }
    }

    private static async Task AssertCorruptAsync(byte[] snapshot)
    {
        StoredContent content = new() { Chain = [], Snapshot = new StoredStream(snapshot.Length, _ => Once(snapshot)) };
        ConnException corrupt = await Assert.ThrowsAsync<ConnException>(async () =>
        {
            await foreach (ContentEntry _ in new DirectoryContent().ListContentAsync(content, Token))
            {
            }
        });
        Assert.Equal(ErrorCode.Corrupt, corrupt.Code);

        static async IAsyncEnumerable<ReadOnlyMemory<byte>> Once(byte[] bytes)
        {
            await Task.CompletedTask;
            yield return bytes;
        }
    }

    private static async Task AssertEachAsync(StoredStates stored, int state)
    {
        IReadOnlyDictionary<string, TreeImage.Item> items = stored.Images[state].Items;
        List<ContentEntry> entries = await stored.ListAsync(state, Token);
        Assert.Equal(items.Keys.Order(StringComparer.Ordinal), entries.Select(StoredStates.Key).Order(StringComparer.Ordinal));
        foreach (ContentEntry entry in entries)
        {
            TreeImage.Item item = items[StoredStates.Key(entry)];
            Assert.Equal(item.Content, await stored.DumpAsync(state, entry, Token));
            Assert.Equal(item.Kind, entry.Kind switch { ContentKind.Folder => FileKind.Folder, ContentKind.Link => FileKind.Link, _ => FileKind.File });
            if (entry.Kind != ContentKind.HardLink)
            {
                Assert.Equal((item.Mode, item.Size, item.Modified), (entry.Mode, entry.Size, entry.ModifiedNanoseconds));
            }
        }
    }

    private static async Task AssertAllAsync(StoredStates stored, int state, string target)
    {
        Dictionary<string, ContentAction> done = await stored.RestoreAsync(state, target, ContentOverwrite.Never, static _ => true, Token);
        Assert.DoesNotContain(done, static d => d.Value is ContentAction.Refuse or ContentAction.Replace);
        TreeImage.AssertSame(stored.Images[state], TreeImage.Of(target), $"state {state}");
    }
}
