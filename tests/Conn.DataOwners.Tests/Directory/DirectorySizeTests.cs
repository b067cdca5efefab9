using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>The size that an owner says its data has: what a restore writes.</summary>
public sealed class DirectorySizeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_whole_size_is_said_of_a_base_and_of_an_increment_without_holes_and_second_names()
    {
        using var ground = new Playground();
        ground.Write("one", new byte[100_000]);
        ground.HardLink("one-again", "one");
        ground.Sparse("holes", 1L << 30, (0, [1]));
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        OwnerDriver.Backup full = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        ground.Write("two", "a little");
        OwnerDriver.Backup increment = await OwnerDriver.BackupAsync(owner, full, 2, Token);

        Assert.InRange(full.Remarks.TotalBytes, 100_001, 1 << 20);
        Assert.Equal(full.Remarks.TotalBytes + 8, increment.Remarks.TotalBytes);
        Assert.True(increment.Data.Length < 10_000, "expected an increment of the little that is new");
    }

    [Fact]
    public async Task The_size_is_that_of_the_backup_alone_whatever_came_before_it()
    {
        using var ground = new Playground();
        ground.Write("one", new byte[5000]);
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        await owner.AllSnapshotsSuppliedAsync(Token);
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        await owner.TerminateMultiStageOperationAsync(Token);

        Assert.Equal(5000, (await OwnerDriver.BackupAsync(owner, null, 1, Token)).Remarks.TotalBytes);
        Assert.Equal(-1, (await owner.TakeRemarksAsync(Token)).TotalBytes);
    }
}
