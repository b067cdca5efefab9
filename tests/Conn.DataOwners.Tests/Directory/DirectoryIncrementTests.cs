using Conn.ActiveBackup;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class DirectoryIncrementTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nothing", 100)]
    [InlineData("rename", 500)]
    [InlineData("rename folder", 4000)]
    [InlineData("mode", 300)]
    [InlineData("hard link", 300)]
    [InlineData("hard link before", 400)]
    [InlineData("delete", 300)]
    [InlineData("swap", 600)]
    public async Task A_change_without_new_content_stores_none(string change, int most)
    {
        using var ground = new Playground();
        ground.Folder("f");
        for (int i = 0; i < 20; i++)
        {
            ground.Write($"f/m{i}", Playground.Random(100_000));
        }

        ground.Write("big", Playground.Random(3 << 20));
        ground.Write("other", Playground.Random(2 << 20));
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        switch (change)
        {
            case "rename": ground.Move("big", "bigger"); break;
            case "rename folder": ground.Move("f", "g"); break;
            case "mode": ground.Mode("big", 0x180); break;
            case "hard link": ground.HardLink("f/link", "f/m3"); break;
            case "hard link before": ground.HardLink("a", "big"); break;
            case "delete": ground.Remove("f"); break;
            case "swap": ground.Swap("big", "other"); break;
            default: break;
        }

        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), first, 2, Token);
        Assert.True(second.Data.Length <= most, $"{change}: {second.Data.Length} bytes");
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 3, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), change);
    }

    [Fact]
    public async Task An_unchanged_tree_gives_the_same_pieces_of_snapshot()
    {
        using var ground = new Playground();
        Fill(ground, 5000);
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token, 65536);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), first, 2, Token, 65536);
        Assert.True(first.Snapshot.Count > 6);
        Assert.Equal(first.Snapshot.Skip(1).SkipLast(1), second.Snapshot.Skip(1).SkipLast(1));
        Assert.True(second.Snapshot[0].Length + second.Snapshot[^1].Length < 64);
        Assert.All(first.Snapshot, static piece => Assert.True(piece.Length <= 65536));

        ground.Write("d7/file-7-x", "one more");
        OwnerDriver.Backup third = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), second, 3, Token, 65536);
        int fresh = third.Snapshot.Count(piece => !second.Snapshot.Any(old => old.AsSpan().SequenceEqual(piece)));
        Assert.True(fresh <= 6, $"{fresh} pieces are new");
    }

    [Fact]
    public async Task After_a_restore_in_place_only_what_a_restore_changes_is_stored_again()
    {
        using var ground = new Playground();
        Fill(ground, 3000);
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token, 65536);
        await OwnerDriver.RestoreAsync(ground.Source, [first], 2, Token);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), first, 3, Token, 65536);
        Assert.True(second.Data.Length < 100, $"{second.Data.Length} bytes");
        int fresh = second.Snapshot.Where(piece => !first.Snapshot.Any(old => old.AsSpan().SequenceEqual(piece))).Sum(static piece => piece.Length);
        Assert.True(fresh < 12 * 3000, $"{fresh} bytes of snapshot are new");
    }

    [Fact]
    public async Task A_change_that_no_time_shows_is_found_when_it_came_too_soon_after_the_scan()
    {
        using var ground = new Playground();
        ground.Write("file", "aaaa");
        FileStatus before = ground.Status("file");
        var clock = new ShiftedClock(TimeSpan.Zero);
        var frozen = new LyingFileStatusSource((status, _) => status.Inode == before.Inode
            ? status with { ModifiedNanoseconds = before.ModifiedNanoseconds, ChangedNanoseconds = before.ChangedNanoseconds }
            : status);
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, frozen), null, 1, Token);
        ground.Write("file", "bbbb");
        ground.Time("file", before.ModifiedNanoseconds);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, frozen), first, 2, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 3, Token);
        Assert.Equal("bbbb", await File.ReadAllTextAsync(ground.At("back/file"), Token));
    }

    [Fact]
    public async Task A_clock_set_back_makes_every_file_be_read_again()
    {
        using var ground = new Playground();
        ground.Write("file", "aaaa");
        FileStatus before = ground.Status("file");
        var frozen = new LyingFileStatusSource((status, _) => status.Inode == before.Inode
            ? status with { ModifiedNanoseconds = before.ModifiedNanoseconds, ChangedNanoseconds = before.ChangedNanoseconds }
            : status);
        var clock = new ShiftedClock(TimeSpan.FromHours(3));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, frozen), null, 1, Token);
        ground.Write("file", "bbbb");
        ground.Time("file", before.ModifiedNanoseconds);
        OwnerDriver.Backup trusting = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, frozen), first, 2, Token);
        Assert.True(trusting.Data.Length < 36);
        clock.Shift = TimeSpan.FromHours(2);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, frozen), first, 2, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 3, Token);
        Assert.Equal("bbbb", await File.ReadAllTextAsync(ground.At("back/file"), Token));
    }

    [Fact]
    public async Task A_file_that_was_not_changed_is_not_opened()
    {
        using var ground = new Playground();
        ground.Write("file", "aaaa");
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        var watching = new LyingFileStatusSource(static (status, _) => status);
        await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, watching), first, 2, Token);
        Assert.Equal(1, watching.LooksAt(ground.Status("file").Inode));
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("newer")]
    [InlineData("torn")]
    [InlineData("flipped")]
    public async Task A_snapshot_of_no_use_is_refused_and_a_base_follows(string damage)
    {
        using var ground = new Playground();
        Fill(ground, 200);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        byte[] snapshot = [.. first.Snapshot.SelectMany(static piece => piece)];
        switch (damage)
        {
            case "foreign": snapshot = Playground.Random(500); break;
            case "newer": snapshot[6]++; break;
            case "torn": snapshot = snapshot[..^30]; break;
            default: snapshot[snapshot.Length / 2] ^= 4; break;
        }

        ConnException failure = await Assert.ThrowsAsync<ConnException>(() => OwnerDriver.BackupAsync(owner, first with { Snapshot = [snapshot] }, 2, Token));
        Assert.Equal(ErrorCode.Corrupt, failure.Code);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(owner, null, 2, Token);
        Assert.Equal(failure.Message, second.Remarks.WhyBase);
        await OwnerDriver.RestoreAsync(ground.At("back"), [second], 3, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), damage);
    }

    [Fact]
    public async Task No_changed_byte_of_a_snapshot_goes_unnoticed()
    {
        using var ground = new Playground();
        Fill(ground, 100);
        ground.Link("link", "target");
        ground.HardLink("hard", "d1/file-1");
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        byte[] snapshot = [.. first.Snapshot.SelectMany(static piece => piece)];
        for (int i = 0; i < snapshot.Length; i++)
        {
            byte[] damaged = [.. snapshot];
            damaged[i] ^= (byte)(1 << (i % 8));
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
            ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.ReceiveSnapshotDataAsync(DriveNumber.C, damaged, true, Token));
            Assert.Equal(ErrorCode.Corrupt, failure.Code);
        }
    }

    [Fact]
    public async Task A_base_among_increments_replaces_everything_before_it()
    {
        using var ground = new Playground();
        Fill(ground, 50);
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        ground.Remove("d1");
        ground.Write("d2/file-2", "changed");
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 2, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 3, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "second base");
    }

    [Fact]
    public async Task One_owner_serves_operation_after_operation()
    {
        using var ground = new Playground();
        Fill(ground, 50);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        await OwnerDriver.StageAsync(owner, [first], 2, Token);
        await owner.PrepareRestoreAsync(DriveNumber.C, Token);
        await owner.RestoreCompleteAsync(DriveNumber.C, Token);
        ground.Write("d3/new", "after the restore");
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(owner, first, 3, Token);
        Assert.True(second.Data.Length < 300, $"{second.Data.Length} bytes");
        await OwnerDriver.RestoreAsync(ground.At("back"), [first, second], 4, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "after all");
    }

    private static void Fill(Playground ground, int files)
    {
        for (int folder = 0; folder < 20; folder++)
        {
            ground.Folder($"d{folder}");
        }

        for (int i = 0; i < files; i++)
        {
            ground.Write($"d{i % 20}/file-{i}", $"content {i}");
        }
    }
}
