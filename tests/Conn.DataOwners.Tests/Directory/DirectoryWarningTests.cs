using System.Diagnostics;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>What a backup says when it cannot be as the user thinks: a source that lost most files, times that cannot be kept, other names of other
/// places.</summary>
public sealed class DirectoryWarningTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 6, true)]
    [InlineData(10, 5, false)]
    [InlineData(1, 1, true)]
    public async Task A_source_that_lost_more_than_half_of_its_files_is_warned_of_before_anything_else(int files, int lost, bool warned)
    {
        using var ground = new Playground();
        ground.Link("link", "anywhere");
        for (int i = 0; i < files; i++)
        {
            ground.Write($"file-{i}", $"content {i}");
        }

        OwnerDriver.Backup before = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        for (int i = 0; i < lost; i++)
        {
            ground.Remove($"file-{i}");
        }

        ground.Folder(".conn-restore-other-0123456789abcdef");
        OwnerDriver.Backup after = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), before, 2, Token);
        Assert.Equal(warned, after.Remarks.Notes[0].StartsWith($"WARNING: of {files} files in '{ground.Source}' {lost} are gone", StringComparison.Ordinal));
        Assert.Empty(after.Remarks.Errors);
    }

    [Fact]
    public async Task Files_that_were_moved_are_not_lost()
    {
        using var ground = new Playground();
        for (int i = 0; i < 5; i++)
        {
            ground.Write($"file-{i}", $"content {i}");
        }

        OwnerDriver.Backup before = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        ground.Folder("below");
        for (int i = 0; i < 5; i++)
        {
            ground.Move($"file-{i}", $"below/file-{i}");
        }

        Assert.Empty((await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), before, 2, Token)).Remarks.Notes);
    }

    [Fact]
    public async Task A_time_that_cannot_be_kept_exactly_is_noted()
    {
        using var ground = new Playground();
        ground.Write("future", "");
        ground.Write("present", "");
        using (Process touch = Process.Start("touch", ["-d", "2345-01-01T00:00:00Z", ground.At("source/future")]))
        {
            await touch.WaitForExitAsync(Token);
        }

        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.StartsWith("'future' has a modification time outside the years 1678 to 2262", Assert.Single(backup.Remarks.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_of_another_owners_database_is_left_out_wherever_that_lies()
    {
        using var ground = new Playground();
        await File.WriteAllTextAsync(ground.At("app.db"), "of another owner", Token);
        await File.WriteAllTextAsync(ground.At("app.db-wal"), "of another owner", Token);
        ground.HardLink("same", "../app.db");
        ground.HardLink("same-wal", "../app.db-wal");
        ground.Write("file", "kept");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, exclude: [ground.At("app.db")]), null, 1, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal(["file"], System.IO.Directory.GetFileSystemEntries(ground.At("back")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_place_of_another_owner_that_cannot_be_looked_at_is_noted()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Mode("..", 0x1ED);
        System.IO.Directory.CreateDirectory(ground.At("closed"));
        ground.Mode("../closed", 0);
        using (new OtherUser())
        {
            await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, exclude: [ground.At("closed/app.db")]);
            OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
            Assert.Contains("cannot be looked at (Permission denied)", Assert.Single(backup.Remarks.Notes), StringComparison.Ordinal);
        }
    }
}
