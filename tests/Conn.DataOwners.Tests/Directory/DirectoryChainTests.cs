using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class DirectoryChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is done to a tree between its backups: every kind of change.</summary>
    internal static Action<Playground>[] States => [First, Second, Third, Fourth, Fifth, Sixth];

    [Theory]
    [InlineData(true, 1 << 20)]
    [InlineData(false, 1 << 20)]
    [InlineData(true, 700)]
    [InlineData(false, 7)]
    public async Task Every_state_of_a_tree_with_every_kind_of_change_comes_back_exactly(bool quiet, int maxSection)
    {
        using var ground = new Playground(onDisk: quiet && maxSection > 1000);
        TimeProvider clock = quiet ? new ShiftedClock(TimeSpan.FromHours(1)) : TimeProvider.System;
        var chain = new List<OwnerDriver.Backup>();
        var images = new List<TreeImage>();
        Action<Playground>[] states = States;
        foreach (Action<Playground> change in states)
        {
            change(ground);
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, clock);
            chain.Add(await OwnerDriver.BackupAsync(owner, chain.LastOrDefault(), chain.Count, Token, maxSection));
            images.Add(TreeImage.Of(ground.Source));
            Assert.Empty(chain[^1].Remarks.Errors);
        }

        for (int i = 0; i < states.Length; i++)
        {
            string target = ground.At($"restored-{i}");
            await OwnerDriver.RestoreAsync(target, chain[..(i + 1)], 100 + i, Token, maxSection);
            TreeImage.AssertSame(images[i], TreeImage.Of(target), $"state {i}");
        }

        Assert.DoesNotContain(System.IO.Directory.EnumerateFileSystemEntries(ground.Path), static path => path.Contains(".conn-restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tree_far_deeper_than_folders_can_be_open_comes_back_with_every_time()
    {
        using var ground = new Playground();
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        string path = "d";
        for (int depth = 0; depth < 200; depth++)
        {
            ground.Folder(path);
            ground.Write(path + "/a", $"{depth}");
            ground.Write(path + "/z", $"last {depth}");
            path += "/d";
        }

        string deepest = path[..^2];
        for (string folder = deepest; folder.Length > 1; folder = folder[..^2])
        {
            ground.Time(folder, folder.Length * 1_000_000_007L);
        }

        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        TreeImage before = TreeImage.Of(ground.Source);
        ground.Write(deepest + "/new", "at the bottom");
        ground.Write("d/d/d/z", "near the top");
        ground.Remove("d/d/a");
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), first, 2, Token);
        await OwnerDriver.RestoreAsync(ground.At("one"), [first], 3, Token);
        TreeImage.AssertSame(before, TreeImage.Of(ground.At("one")), "base");
        await OwnerDriver.RestoreAsync(ground.At("two"), [first, second], 3, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("two")), "increment");
    }

    [Fact]
    public async Task A_path_too_long_to_keep_is_named_and_the_rest_is_kept()
    {
        using var ground = new Playground();
        string name = new('n', 250);
        string path = name;
        for (int depth = 0; depth < 15; depth++)
        {
            ground.Folder(path);
            path += "/" + name;
        }

        // Too long for a path of the kernel's, too: reached from a folder on the way.
        Errno.Check(FolderHandle.Open(Playground.Raw(ground.Source + "/" + path[..^251]), out FolderHandle folder), "deep");
        using (folder)
        {
            Errno.Check(Kernel.MakeFolder(folder.Descriptor, Playground.Raw(name), 0x1ED), "deeper");
            Errno.Check(Kernel.OpenFolder(folder.Descriptor, Playground.Raw(name), out int below), "deeper");
            Errno.Check(Kernel.MakeFolder(below, Playground.Raw(name), 0x1ED), "deepest");
            Kernel.Close(below);
        }

        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.Contains("longer than 4096 bytes", Assert.Single(backup.Remarks.Errors), StringComparison.Ordinal);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 3, Token);
        Assert.Equal(TreeImage.Of(ground.Source).Count - 1, TreeImage.Of(ground.At("back")).Count);
    }

    private static void First(Playground ground)
    {
        ground.Folder("empty");
        ground.Folder("a");
        ground.Folder("a/b");
        ground.Folder("a.b");
        ground.Folder("a/b/deep");
        ground.Write("a/one", "one");
        ground.Write("a/two", "two, another size");
        ground.Write("a.b/x", "not in a");
        ground.Write("a/b/deep/file", Playground.Random(3000));
        ground.Write("zero", []);
        ground.Write("large", Playground.Random(3 << 20));
        ground.Write("exact", Playground.Random(1 << 20));
        ground.Sparse("holes", 10 << 20, (1 << 20, Playground.Random(100_000)), (5 << 20, Playground.Random(4096)));
        ground.Sparse("all-hole", 1 << 20);
        ground.Sparse("ends-in-data", (1 << 20) + 4096, (1 << 20, Playground.Random(4096)));
        ground.Write("raw-\xff\xfe-name", "no UTF-8");
        ground.Write("new\nline", "control");
        ground.Write(new string('n', 255), "longest name");
        ground.Link("link", "a/one");
        ground.Link("dangling", "/nowhere/at all");
        ground.Time("link", 1_000_000_007);
        ground.Write("hard-1", "shared");
        ground.HardLink("hard-2", "hard-1");
        ground.HardLink("a/hard-3", "hard-1");
        ground.Write("swap-a", "content A");
        ground.Write("swap-b", "content B");
        ground.Write("chain-1", "c1");
        ground.Write("chain-2", "c2");
        ground.Write("chain-3", "c3");
        ground.Write("turns", "file, then folder, then link");
        ground.Write("program", "#!/bin/sh\n");
        ground.Link("their-link", "program");
        if (Environment.IsPrivilegedProcess)
        {
            Errno.Check(Kernel.ChangeOwner(Kernel.CurrentFolder, ground.In("program"), 1234, 2345), "program");
            Errno.Check(Kernel.ChangeOwner(Kernel.CurrentFolder, ground.In("a.b"), 1234, 2345), "a.b");
            Errno.Check(Kernel.ChangeOwner(Kernel.CurrentFolder, ground.In("their-link"), 1234, 2345), "their-link");
        }

        ground.Mode("program", 0x9ED);
        ground.Folder("sticky");
        ground.Mode("sticky", 0x3FF);
        ground.Folder("read-only");
        ground.Write("read-only/kept", "kept");
        ground.Mode("read-only", 0x16D);
        ground.Write("old", "from long ago");
        ground.Time("old", -1_500_000_001);
        ground.Write("late-leader", "becomes a second name");
        ground.Folder("moves");
        ground.Folder("moves/sub");
        ground.Write("moves/sub/m1", Playground.Random(20_000));
        ground.Write("moves/m2", Playground.Random(2 << 20));
        ground.Time("empty", 123_456_789_012_345_678);
        ground.Time("a/b", 987_654_321);
    }

    private static void Second(Playground ground)
    {
        ground.Swap("swap-a", "swap-b");
        ground.Move("chain-3", "chain-4");
        ground.Move("chain-2", "chain-3");
        ground.Move("chain-1", "chain-2");
        ground.Remove("turns");
        ground.Folder("turns");
        ground.Write("turns/inside", "inside");
        ground.Mode("program", 0xDA4);
        ground.Mode("a.b", 0x5F8);
        ground.HardLink("a-new-first-name", "late-leader");
        ground.Append("large", Playground.Random(100));
        ground.Remove("zero");
    }

    private static void Third(Playground ground)
    {
        ground.Move("moves", "moved");
        ground.Remove("turns");
        ground.Link("turns", "a");
        ground.Remove("hard-1");
        ground.Write("hard-1", "shared");
        ground.Remove("link");
        ground.Link("link", "a/two");
        ground.Mode("read-only", 0x1ED);
        ground.Write("read-only/more", "in a folder that nobody may write to");
        ground.Mode("read-only", 0x16D);
        ground.Time("a", 5_000_000_000);
    }

    private static void Fourth(Playground ground)
    {
        ground.Remove("a");
        ground.Write("a", "a file now");
        ground.Swap("moved", "sticky");
        ground.Sparse("holes", 10 << 20, (2 << 20, Playground.Random(8192)));
        ground.Remove("empty");
        ground.Folder("hollow");
        ground.Remove("a-new-first-name");
        ground.Time("old", 77);
        ground.Mode("read-only", 0x1FF);
    }

    private static void Fifth(Playground ground)
    {
        ground.Remove("a");
        ground.Folder("a");
        ground.Folder("a/b");
        ground.Move("large", "a/b/large");
        ground.Move("sticky", "a/b/sticky");
        ground.Write("swap-a", "content C");
        ground.HardLink("large", "a/b/large");
        ground.Remove("turns");
        ground.Write("turns", "a file again");
        ground.Link("a/loop", "..");
        ground.Link("a/c", "b");
    }

    private static void Sixth(Playground ground)
    {
        ground.Remove("a/b/large");
        ground.Remove("read-only");
        ground.Remove("a.b");
        ground.Move("hollow", "full");
        ground.Write("full/x", "x");
    }
}
