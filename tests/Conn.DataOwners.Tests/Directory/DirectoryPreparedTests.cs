using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>What a folder owner has prepared stays until it is put in place or recovered.</summary>
public sealed class DirectoryPreparedTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Terminate_after_a_failed_RestoreComplete_keeps_what_every_drive_prepared(bool dispose)
    {
        using var ground = new Playground();
        ground.Write("file", "as it was backed up");
        System.IO.Directory.CreateDirectory(ground.At("other"));
        await File.WriteAllTextAsync(ground.At("other/file"), "the other, as it was backed up", Token);
        var failing = Owner(ground, _ => throw new ConnException(ErrorCode.General, "the disk says no"));
        Dictionary<DriveNumber, ReadOnlyMemory<byte>> tokens = await PrepareAsync(failing, ground);

        await Assert.ThrowsAsync<ConnException>(async () => await failing.RestoreCompleteAsync(DriveNumber.C, Token));
        await failing.TerminateMultiStageOperationAsync(Token);
        if (dispose)
        {
            await failing.DisposeAsync();
        }

        await using DirectoryDataOwner next = Owner(ground, null);
        foreach ((DriveNumber drive, ReadOnlyMemory<byte> token) in tokens)
        {
            Assert.True(await next.ResumeRestoreAsync(drive, token, Token));
            await next.RestoreCompleteAsync(drive, Token);
        }

        Assert.Equal("as it was backed up", await File.ReadAllTextAsync(ground.At("source/file"), Token));
        Assert.Equal("the other, as it was backed up", await File.ReadAllTextAsync(ground.At("other/file"), Token));
    }

    [Fact]
    public async Task Recovery_drops_what_every_drive_prepared()
    {
        using var ground = new Playground();
        ground.Write("file", "as it was backed up");
        System.IO.Directory.CreateDirectory(ground.At("other"));
        await using DirectoryDataOwner owner = Owner(ground, null);
        Dictionary<DriveNumber, ReadOnlyMemory<byte>> tokens = await PrepareAsync(owner, ground);

        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Equal(2, (await owner.RecoverAsync(Token)).Count);

        foreach ((DriveNumber drive, ReadOnlyMemory<byte> token) in tokens)
        {
            ConnException gone = await Assert.ThrowsAsync<ConnException>(async () => await owner.ResumeRestoreAsync(drive, token, Token));
            Assert.Equal(ErrorCode.NotFound, gone.Code);
        }
    }

    private static DirectoryDataOwner Owner(Playground ground, Action<string>? beforeSwapStep) => new(new DirectoryOwnerOptions
    {
        Name = "files", Drives = new Dictionary<DriveNumber, string> { [DriveNumber.C] = ground.Source, [DriveNumber.FromIndex(4)] = ground.At("other") },
    })
    {
        BeforeSwapStep = beforeSwapStep,
    };

    private static async Task<Dictionary<DriveNumber, ReadOnlyMemory<byte>>> PrepareAsync(DirectoryDataOwner owner, Playground ground)
    {
        Dictionary<DriveNumber, byte[]> data = [];
        await owner.AllSnapshotsSuppliedAsync(Token);
        foreach (DriveNumber drive in owner.Drives)
        {
            await owner.InitialiseGetBackupDataAsync(drive, Token);
            byte[] buffer = new byte[1 << 16];
            SectionResult result = await owner.GetBackupDataSectionAsync(buffer, Token);
            Assert.True(result.Finished);
            data[drive] = buffer[..result.Bytes];
            while (!(await owner.GetSnapshotDataAsync(drive, buffer, Token)).Finished)
            {
            }
        }

        await owner.TerminateMultiStageOperationAsync(Token);
        foreach (string folder in new[] { ground.Source, ground.At("other") })
        {
            await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "file"), "changed since", Token);
        }

        Dictionary<DriveNumber, ReadOnlyMemory<byte>> tokens = [];
        foreach ((DriveNumber drive, byte[] bytes) in data)
        {
            await owner.InitialiseRestoreBaseDataAsync(drive, Token);
            await owner.RestoreBaseDataSectionAsync(bytes, true, Token);
            tokens[drive] = await owner.PrepareRestoreAsync(drive, Token);
        }

        return tokens;
    }
}
