using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Conn.Testing.Suites;
using Xunit;

namespace Conn.Repository.Tests;

public sealed class TearingStorageTests : RepositoryStorageSuite
{
    [Fact]
    public async Task Flushed_bytes_in_a_flushed_folder_survive_every_crash()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var storage = new TearingStorage();
            await WriteAsync(storage, "file", 1000, flush: true);
            await storage.FlushFolderAsync("", RepositoryKit.Token);
            storage.Crash(seed);
            Assert.Equal([("file", 1000)], storage.Files());
        }
    }

    [Fact]
    public async Task Unflushed_bytes_and_entries_are_lost_by_some_crashes_and_kept_by_others()
    {
        var lengths = new HashSet<int>();
        for (var seed = 0; seed < 200; seed++)
        {
            var storage = new TearingStorage();
            await WriteAsync(storage, "file", 1000, flush: false);
            storage.Crash(seed);
            lengths.Add(storage.Files() is [var file] ? file.Bytes : -1);
        }

        Assert.Contains(-1, lengths);
        Assert.True(lengths.Count > 20, $"Only {lengths.Count} outcomes.");
    }

    [Fact]
    public async Task A_rename_survives_completely_or_not_at_all()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 0; seed < 50; seed++)
        {
            var storage = new TearingStorage();
            await WriteAsync(storage, "old", 10, flush: true);
            await WriteAsync(storage, "new", 20, flush: true);
            await storage.FlushFolderAsync("", RepositoryKit.Token);
            await storage.RenameAsync("new", "old", RepositoryKit.Token);
            storage.Crash(seed);
            outcomes.Add(string.Join(' ', storage.Files()));
        }

        Assert.Equal(["(new, 20) (old, 10)", "(old, 20)"], outcomes.Order());
    }

    [Fact]
    public async Task After_a_power_loss_every_call_fails_until_Crash_is_called()
    {
        var storage = new TearingStorage { PowerLossAtWrite = 2 };
        await using var writer = await storage.CreateAsync("file", RepositoryKit.Token);
        await Assert.ThrowsAsync<PowerLossException>(async () => await writer.AppendAsync(new byte[10], RepositoryKit.Token));
        Assert.True(storage.PowerIsLost);
        await Assert.ThrowsAsync<PowerLossException>(async () => await storage.ListAsync("", RepositoryKit.Token));
        storage.Crash(1);
        Assert.NotNull(await storage.ListAsync("", RepositoryKit.Token));
    }

    [Fact]
    public async Task A_full_disk_takes_the_bytes_that_fit_and_throws_DiskFull()
    {
        var storage = new TearingStorage { CapacityBytes = 15 };
        await WriteAsync(storage, "file", 10, flush: true);
        var error = await Assert.ThrowsAsync<RepositoryException>(async () => await WriteAsync(storage, "more", 10, flush: true));
        Assert.Equal(RepositoryFailure.DiskFull, error.Failure);
        Assert.True(storage.WasFull);
        await storage.DeleteAsync("more", RepositoryKit.Token);
        await storage.DeleteAsync("file", RepositoryKit.Token);
        await WriteAsync(storage, "again", 15, flush: true);
    }

    protected override IRepositoryStorage Create() => new TearingStorage();

    protected override IRepositoryStorage Another(IRepositoryStorage storage) => storage;

    private static async Task WriteAsync(TearingStorage storage, string path, int bytes, bool flush)
    {
        await using var writer = await storage.CreateAsync(path, RepositoryKit.Token);
        await writer.AppendAsync(RepositoryKit.Noise(1, bytes), RepositoryKit.Token);
        if (flush)
        {
            await writer.FlushAsync(RepositoryKit.Token);
        }
    }
}
