using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>The plan of a restore finds what the run would find; folders above a source that may not be listed are no hindrance.</summary>
public sealed class DirectoryPlanTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_in_a_folder_that_may_be_entered_but_not_listed_is_backed_up_without_a_word()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Write("file", "kept");
        OtherUser.Own(ground.Source);
        ground.Mode("..", 0x1C9);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
            Assert.Empty(await owner.RecoverAsync(Token));
            OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
            Assert.Empty(backup.Remarks.Errors);
        }
    }

    [Fact]
    public async Task A_parent_that_may_be_written_to_but_not_listed_is_noted_and_refused_by_the_plan_as_by_the_run()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Write("file", "kept");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        OtherUser.Own(ground.Path);
        OtherUser.Own(ground.Source);
        ground.Mode("..", 0xC0);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
            Assert.Contains("may not be listed", Assert.Single(await owner.RecoverAsync(Token)), StringComparison.Ordinal);
            ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
            ConnException run = await Assert.ThrowsAsync<ConnException>(async () => await OwnerDriver.StageAsync(owner, [backup], 1, Token));
            Assert.Equal((ErrorCode.AccessDenied, run.Message), (planned.Code, planned.Message));
        }
    }

    [Fact]
    public async Task A_parent_that_may_not_be_entered_is_refused_by_the_plan_for_what_it_is()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Folder("below");
        OtherUser.Own(ground.Path);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.At("source/below/target"));
            ground.Mode("..", 0x80);
            ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
            Assert.Equal(ErrorCode.AccessDenied, planned.Code);
        }
    }

    [Fact]
    public async Task A_target_that_only_another_user_may_replace_is_refused_by_the_plan()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Mode("..", 0x3FF);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
            ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
            Assert.Equal(ErrorCode.AccessDenied, planned.Code);
            Assert.Contains("to another place", planned.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_lies_at_the_target_or_above_it_is_named_with_the_way_out()
    {
        using var ground = new Playground();
        ground.Write("text", "a text file");
        await using DirectoryDataOwner onFile = OwnerDriver.Owner(ground.At("source/text"));
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await onFile.PlanRestoreAsync(DriveNumber.C, 1, Token));
        Assert.Equal(ErrorCode.NotSupported, refusal.Code);
        Assert.Contains("a file of 11 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Move that away, or restore to another place", refusal.Message, StringComparison.Ordinal);

        await using DirectoryDataOwner belowFile = OwnerDriver.Owner(ground.At("source/text/below"));
        Assert.Empty(await belowFile.RecoverAsync(Token));
        refusal = await Assert.ThrowsAsync<ConnException>(async () => await belowFile.GetExpectedDataSizeAsync(DriveNumber.C, Token));
        Assert.Equal(ErrorCode.PathNotFound, refusal.Code);
        refusal = await Assert.ThrowsAsync<ConnException>(async () => await belowFile.PlanRestoreAsync(DriveNumber.C, 1, Token));
        Assert.Equal(ErrorCode.PathNotFound, refusal.Code);
        Assert.Contains("which is a file", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_parent_folder_is_named_with_the_command_that_makes_it()
    {
        using var ground = new Playground();
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.At("gone/source"));
        ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
        Assert.Equal(ErrorCode.PathNotFound, planned.Code);
        Assert.Contains($"Make that folder (mkdir -p '{ground.At("gone")}') and restore again, or restore to another place.", planned.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_folder_that_may_not_be_written_to_is_named()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Mode("..", 0x1ED);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
            ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
            Assert.Contains($"is in '{ground.Path}', a folder that this user may not write to", planned.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_place_of_another_owner_inside_is_refused_with_what_to_do_and_a_restore_works_once_it_was_moved_away()
    {
        using var ground = new Playground();
        ground.Write("file", "kept");
        ground.Write("inner.db", "of another owner");
        string inner = Path.Combine(ground.Source, "inner.db");
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, exclude: [inner]);
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, 1, Token));
        Assert.Contains("Move that away, restore this owner, and then put it back or restore the owner that keeps it; or restore to another place", planned.Message, StringComparison.Ordinal);

        File.Move(inner, ground.At("aside"));
        await owner.PlanRestoreAsync(DriveNumber.C, 1, Token);
        await OwnerDriver.StageAsync(owner, [backup], 1, Token);
        await owner.PrepareRestoreAsync(DriveNumber.C, Token);
        await owner.RestoreCompleteAsync(DriveNumber.C, Token);
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(ground.Source, "file"), Token));
    }
}
