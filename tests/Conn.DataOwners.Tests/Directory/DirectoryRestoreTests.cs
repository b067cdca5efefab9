using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class DirectoryRestoreTests
{
    private static readonly string[] Steps = ["begin", "exchange", "sync", "remove"];
    private static readonly string[] TwoRenameSteps = ["begin", "exchange", "aside", "rename", "sync", "remove"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, bool> EveryStep()
    {
        var data = new TheoryData<string, bool, bool>();
        foreach (bool recover in new[] { false, true })
        {
            foreach (string step in Steps)
            {
                data.Add(step, false, recover);
            }

            foreach (string step in TwoRenameSteps)
            {
                data.Add(step, true, recover);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public async Task After_a_crash_before_any_step_of_the_swap_the_next_run_rolls_forward(string step, bool twoRenames, bool recover)
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, TreeImage old, TreeImage changed) = await PrepareGroundAsync(ground);
        DirectoryDataOwner crashing = OwnerDriver.Owner(ground.Source, twoRenames: twoRenames, beforeSwapStep: name =>
        {
            if (name == step)
            {
                throw new CrashException();
            }
        });
        await OwnerDriver.StageAsync(crashing, [backup], 1, Token);
        ReadOnlyMemory<byte> token = await crashing.PrepareRestoreAsync(DriveNumber.C, Token);
        await Assert.ThrowsAsync<CrashException>(async () => await crashing.RestoreCompleteAsync(DriveNumber.C, Token));
        LetGo(crashing);

        bool exists = System.IO.Directory.Exists(ground.Source);
        Assert.Equal(!(twoRenames && step == "rename"), exists);
        if (exists)
        {
            TreeImage now = TreeImage.Of(ground.Source);
            TreeImage.AssertSame(step is "begin" or "exchange" or "aside" ? changed : old, now, "after the crash");
        }

        await using DirectoryDataOwner next = OwnerDriver.Owner(ground.Source, twoRenames: twoRenames);
        bool committed = !(recover && step == "begin");
        if (recover)
        {
            Assert.Single(await next.RecoverAsync(Token));
        }
        else
        {
            Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
            await next.RestoreCompleteAsync(DriveNumber.C, Token);
            Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
            await next.RestoreCompleteAsync(DriveNumber.C, Token);
        }

        TreeImage.AssertSame(committed ? old : changed, TreeImage.Of(ground.Source), "in the end");
        AssertClean(ground);
        Assert.Empty(await next.RecoverAsync(Token));
    }

    [Theory]
    [InlineData("opened")]
    [InlineData("half")]
    [InlineData("in increment")]
    [InlineData("ended")]
    [InlineData("prepared")]
    public async Task Ending_a_restore_at_any_point_leaves_the_target_alone_and_nothing_beside_it(string point)
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, _, TreeImage changed) = await PrepareGroundAsync(ground);
        OwnerDriver.Backup increment = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), backup, 5, Token);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        if (point is "opened" or "half")
        {
            await owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, Token);
            await owner.RestoreBaseDataSectionAsync(backup.Data.AsMemory(0, point == "half" ? backup.Data.Length / 2 : 0), false, Token);
        }
        else
        {
            await OwnerDriver.StageAsync(owner, [backup], 1, Token);
        }

        if (point == "in increment")
        {
            await owner.InitialiseRestoreIncrementDataAsync(DriveNumber.C, Token);
            await owner.RestoreIncrementDataSectionAsync(increment.Data.AsMemory(0, increment.Data.Length / 2), false, Token);
        }
        else if (point == "prepared")
        {
            await owner.PrepareRestoreAsync(DriveNumber.C, Token);
        }

        Assert.Equal(2, System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*").Length);
        await owner.TerminateMultiStageOperationAsync(Token);
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Equal(point == "prepared" ? 1 : 0, (await owner.RecoverAsync(Token)).Count);
        AssertClean(ground);
        TreeImage.AssertSame(changed, TreeImage.Of(ground.Source), point);
        await OwnerDriver.StageAsync(owner, [backup, increment], 2, Token);
        await owner.PrepareRestoreAsync(DriveNumber.C, Token);
    }

    [Fact]
    public async Task Recovery_removes_what_a_dead_process_staged_and_leaves_what_a_live_one_holds()
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, _, TreeImage changed) = await PrepareGroundAsync(ground);
        DirectoryDataOwner dead = OwnerDriver.Owner(ground.Source);
        await OwnerDriver.StageAsync(dead, [backup], 1, Token);
        await dead.PrepareRestoreAsync(DriveNumber.C, Token);
        LetGo(dead);
        await using DirectoryDataOwner live = OwnerDriver.Owner(ground.Source);
        await OwnerDriver.StageAsync(live, [backup], 1, Token);

        await using DirectoryDataOwner next = OwnerDriver.Owner(ground.Source);
        IReadOnlyList<string> notes = await next.RecoverAsync(Token);
        Assert.Equal(2, notes.Count);
        Assert.Single(notes, static note => note.Contains("in use by another process", StringComparison.Ordinal));
        Assert.Single(notes, static note => note.Contains("was removed", StringComparison.Ordinal));
        Assert.Equal(2, System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*").Length);
        TreeImage.AssertSame(changed, TreeImage.Of(ground.Source), "recovered");
        await live.PrepareRestoreAsync(DriveNumber.C, Token);
        await live.RestoreCompleteAsync(DriveNumber.C, Token);
        AssertClean(ground);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_too_large_to_be_removed_in_time_is_removed_by_Dispose_or_by_recovery(bool dispose)
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, TreeImage old, TreeImage changed) = await PrepareGroundAsync(ground);
        foreach (bool complete in new[] { false, true })
        {
            DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, new RushingClock());
            await OwnerDriver.StageAsync(owner, [backup], 1, Token);
            if (complete)
            {
                await owner.PrepareRestoreAsync(DriveNumber.C, Token);
                await owner.RestoreCompleteAsync(DriveNumber.C, Token);
                await owner.RestoreCompleteAsync(DriveNumber.C, Token);
            }

            await owner.TerminateMultiStageOperationAsync(Token);
            TreeImage.AssertSame(complete ? old : changed, TreeImage.Of(ground.Source), "in place");
            Assert.Equal(2, System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*").Length);
            if (dispose)
            {
                await owner.DisposeAsync();
            }
            else
            {
                LetGo(owner);
                await using DirectoryDataOwner next = OwnerDriver.Owner(ground.Source);
                Assert.Single(await next.RecoverAsync(Token));
            }

            AssertClean(ground);
            TreeImage.AssertSame(complete ? old : changed, TreeImage.Of(ground.Source), "in the end");
        }
    }

    [Fact]
    public async Task A_stream_that_failed_does_not_go_on()
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, _, _) = await PrepareGroundAsync(ground);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        await owner.InitialiseRestoreBaseDataAsync(DriveNumber.C, Token);
        await Assert.ThrowsAsync<ConnException>(async () => await owner.RestoreBaseDataSectionAsync(new byte[100], false, Token));
        ConnException after = await Assert.ThrowsAsync<ConnException>(async () => await owner.RestoreBaseDataSectionAsync(backup.Data, true, Token));
        Assert.Equal(ErrorCode.NotReady, after.Code);
        await Assert.ThrowsAsync<ConnException>(async () => await owner.PrepareRestoreAsync(DriveNumber.C, Token));
        await owner.TerminateMultiStageOperationAsync(Token);

        using var cancelled = new CancellationTokenSource();
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await owner.GetBackupDataSectionAsync(new byte[1000], cancelled.Token));
        after = await Assert.ThrowsAsync<ConnException>(async () => await owner.GetBackupDataSectionAsync(new byte[1000], Token));
        Assert.Equal(ErrorCode.NotReady, after.Code);
    }

    [Fact]
    public async Task A_token_of_another_restore_or_of_nothing_is_refused()
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, _, _) = await PrepareGroundAsync(ground);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        await OwnerDriver.StageAsync(owner, [backup], 1, Token);
        ReadOnlyMemory<byte> token = await owner.PrepareRestoreAsync(DriveNumber.C, Token);
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Single(await owner.RecoverAsync(Token));
        ConnException gone = await Assert.ThrowsAsync<ConnException>(async () => await owner.ResumeRestoreAsync(DriveNumber.C, token, Token));
        Assert.Equal(ErrorCode.NotFound, gone.Code);
        ConnException junk = await Assert.ThrowsAsync<ConnException>(async () => await owner.ResumeRestoreAsync(DriveNumber.C, Playground.Random(100), Token));
        Assert.Equal(ErrorCode.Corrupt, junk.Code);
    }

    [Fact]
    public async Task A_plan_refuses_what_could_not_be_put_in_place_and_names_the_way_out()
    {
        using var ground = new Playground();
        ground.Folder("repository");
        ground.Write("../plain", "a file");
        await AssertRefusedAsync(OwnerDriver.Owner(ground.At("no/parent/here")), 10, ErrorCode.PathNotFound);
        await AssertRefusedAsync(OwnerDriver.Owner(ground.At("plain")), 10, ErrorCode.NotSupported);
        await AssertRefusedAsync(OwnerDriver.Owner("/proc"), 10, Environment.IsPrivilegedProcess ? ErrorCode.NotSupported : ErrorCode.AccessDenied);
        await AssertRefusedAsync(OwnerDriver.Owner("/"), 10, ErrorCode.NotSupported);
        await AssertRefusedAsync(OwnerDriver.Owner(ground.Source), long.MaxValue, ErrorCode.DiskFull);
        await AssertRefusedAsync(OwnerDriver.Owner(ground.Source, exclude: [ground.Source + "/repository"]), 10, ErrorCode.NotSupported);
        await OwnerDriver.Owner(ground.Source).PlanRestoreAsync(DriveNumber.C, -1, Token);
        await OwnerDriver.Owner(ground.At("new")).PlanRestoreAsync(DriveNumber.C, 10, Token);
        AssertClean(ground);
    }

    [Fact]
    public async Task A_target_that_is_reached_by_a_link_is_replaced_and_the_link_stays()
    {
        using var ground = new Playground();
        (OwnerDriver.Backup backup, TreeImage old, _) = await PrepareGroundAsync(ground);
        ground.Link("../current", "source");
        await OwnerDriver.RestoreAsync(ground.At("current"), [backup], 1, Token);
        Assert.Equal("source", new FileInfo(ground.At("current")).LinkTarget);
        TreeImage.AssertSame(old, TreeImage.Of(ground.Source), "behind the link");
    }

    private static async Task AssertRefusedAsync(DirectoryDataOwner owner, long bytes, ErrorCode code)
    {
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, bytes, Token));
        Assert.Equal(code, refusal.Code);
        Assert.Contains("to another place", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<(OwnerDriver.Backup Backup, TreeImage Old, TreeImage Changed)> PrepareGroundAsync(Playground ground)
    {
        ground.Folder("folder");
        ground.Write("folder/file", Playground.Random(10_000));
        ground.Write("big", Playground.Random(2 << 20));
        ground.Link("link", "folder");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        TreeImage old = TreeImage.Of(ground.Source);
        ground.Remove("folder");
        ground.Write("new", "since then");
        return (backup, old, TreeImage.Of(ground.Source));
    }

    private static void AssertClean(Playground ground) => Assert.Empty(System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*"));

    /// <summary>What the end of a process does: descriptors and locks go, everything else stays.</summary>
    private static void LetGo(DirectoryDataOwner owner) => owner.LetGo();

    private sealed class CrashException : Exception;
}
