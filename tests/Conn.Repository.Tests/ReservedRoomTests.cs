using Conn.Repository.Encryption;
using Conn.Repository.Restores;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>On a real disk without a free byte, what needs only a few small files still works, with the room that a backup kept back.</summary>
public sealed class ReservedRoomTests
{
    private static readonly RetentionRequest AtOnce = Retention.PruneStory.LastOnly with { Grace = default };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_prune_makes_a_full_disk_empty_again_and_the_next_backup_keeps_room_back(bool encrypted)
    {
        using SmallDisk disk = SmallDisk.Mount(8 << 20);
        FolderStorage storage = new(Path.Combine(disk.Path, "repository"));
        RepositoryKey? key = encrypted ? RepositoryKey.FromKeyFile(Noise(77, 32)) : null;
        await using BackupRepository repository = await CreateAsync(storage, Inline(key: key));
        for (int i = 0; i < 3; i++)
        {
            await BackupAsync(repository, 1, null, [Noise(i, 500_000), Noise(i + 10, 500_000)]);
        }

        Fill(disk);
        Assert.Equal(2, (await PruneAsync(repository)).Plan.Sets.Count(static set => !set.IsKept));
        Assert.Equal(2, (await PruneAsync(repository)).Plan.Hidden.Count(static set => set.IsDue));
        Assert.Single(await repository.ListSetsAsync(Token));
        Assert.False(File.Exists(Path.Combine(storage.Place, "reserve")));
        Assert.Empty((await VerifyAsync(storage, key: key)).Problems);

        await BackupAsync(repository, 1, null, [Noise(9, 1000)]);
        Assert.Equal(1 << 20, new FileInfo(Path.Combine(storage.Place, "reserve")).Length);
        Assert.Empty((await VerifyAsync(storage, key: key)).Notes);
    }

    [Fact]
    public async Task A_restore_in_place_is_recorded_on_a_full_disk()
    {
        using SmallDisk disk = SmallDisk.Mount(8 << 20);
        await using BackupRepository repository = await CreateAsync(new FolderStorage(Path.Combine(disk.Path, "repository")));
        BackupSet set = await BackupAsync(repository, 1, null, [Noise(1, 1000)]);
        Fill(disk);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        RestoreOwner owner = new() { Name = "owner-1", Sid = 1, Set = set.Id, Drives = [new(DriveC, Noise(10, 20))] };
        RestoreRecord record = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Time = Start, Owners = [owner] }, Token);
        Assert.True((await repository.Restores.CompleteOwnerAsync(held, record, 1, Token)).Completed);
    }

    [Fact]
    public async Task Without_room_for_a_reserve_a_small_backup_still_succeeds()
    {
        using SmallDisk disk = SmallDisk.Mount(900_000);
        FolderStorage storage = new(Path.Combine(disk.Path, "repository"));
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet set = await BackupAsync(repository, 1, null, [Noise(1, 1000)]);
        Assert.Equal([Noise(1, 1000)], await ReadAsync(repository, set.Parts[0], StreamKind.Data));
        Assert.False(File.Exists(Path.Combine(storage.Place, "reserve")));
    }

    private static async Task<PruneReport> PruneAsync(BackupRepository repository)
    {
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        return await repository.Retention.PruneAsync(held, AtOnce, Token);
    }

    private static void Fill(SmallDisk disk)
    {
        using FileStream file = new(Path.Combine(disk.Path, "full"), FileMode.Append);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            Assert.Equal(0, new DriveInfo(disk.Path).AvailableFreeSpace);
        }
    }
}
