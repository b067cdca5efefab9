using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A process killed while it removes the work folder of a restore that is in place: the next run finds that the restore is done.</summary>
public sealed class DirectoryFinishTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("begun")]
    [InlineData("journal")]
    [InlineData("begun", "journal")]
    [InlineData("begun", "journal", "kept", "lock")]
    public async Task A_restore_in_place_whose_work_folder_is_half_removed_is_done(params string[] removed)
    {
        using var ground = new Playground();
        ReadOnlyMemory<byte> token = await KilledAsync(ground, removed);
        await using DirectoryDataOwner next = OwnerDriver.Owner(ground.Source);
        if (await next.ResumeRestoreAsync(DriveNumber.C, token, Token))
        {
            await next.RestoreCompleteAsync(DriveNumber.C, Token);
        }

        Assert.Equal("as it was backed up", await File.ReadAllTextAsync(ground.At("source/file"), Token));
        Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*"));
    }

    [Theory]
    [InlineData("begun")]
    [InlineData("journal")]
    [InlineData("begun", "journal")]
    [InlineData("begun", "journal", "kept", "lock")]
    public async Task Recovery_does_not_say_that_nothing_was_put_in_place_when_it_was(params string[] removed)
    {
        using var ground = new Playground();
        await KilledAsync(ground, removed);
        await using DirectoryDataOwner next = OwnerDriver.Owner(ground.Source);
        string note = Assert.Single(await next.RecoverAsync(Token));
        Assert.DoesNotContain("nothing of it", note, StringComparison.Ordinal);
        Assert.DoesNotContain("could not", note, StringComparison.Ordinal);
        Assert.Equal("as it was backed up", await File.ReadAllTextAsync(ground.At("source/file"), Token));
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(ground.Path, ".conn-restore-*"));
    }

    private static async Task<ReadOnlyMemory<byte>> KilledAsync(Playground ground, string[] removed)
    {
        ground.Write("file", "as it was backed up");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        ground.Write("file", "changed since");
        DirectoryDataOwner killed = OwnerDriver.Owner(ground.Source, beforeSwapStep: static step =>
        {
            if (step == "remove")
            {
                throw new KilledException();
            }
        });
        await OwnerDriver.StageAsync(killed, [backup], 1, Token);
        ReadOnlyMemory<byte> token = await killed.PrepareRestoreAsync(DriveNumber.C, Token);
        await Assert.ThrowsAsync<KilledException>(async () => await killed.RestoreCompleteAsync(DriveNumber.C, Token));
        killed.LetGo();
        string work = Assert.Single(System.IO.Directory.GetDirectories(ground.Path, ".conn-restore-*.work"));
        System.IO.Directory.Delete(work[..^".work".Length], recursive: true);
        foreach (string name in removed)
        {
            if (name == "kept")
            {
                System.IO.Directory.Delete($"{work}/{name}");
            }
            else
            {
                File.Delete($"{work}/{name}");
            }
        }

        return token;
    }

    private sealed class KilledException : Exception;
}
