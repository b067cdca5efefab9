using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Power is lost at each write of a backup, and unflushed data survives in part. The old sets stay, with or without the new set.</summary>
public sealed class PowerLossTests
{
    private const int SeedsPerWrite = 6;

    [Fact]
    public async Task After_a_power_loss_at_any_write_the_old_sets_or_the_old_and_the_new_set_are_listed()
    {
        var (writes, _) = await RunAsync(0, 0);
        var outcomes = new Dictionary<int, int>();
        Assert.InRange(writes, 25, 400);
        for (var write = 1; write <= writes; write++)
        {
            for (var seed = 0; seed < SeedsPerWrite; seed++)
            {
                var (_, listed) = await RunAsync(write, (write * 100) + seed);
                outcomes[listed] = outcomes.GetValueOrDefault(listed) + 1;
            }
        }

        // Unless both outcomes occurred, the test proves nothing.
        Assert.Equal([1, 2], outcomes.Keys.Order());
    }

    [Fact]
    public async Task After_a_power_loss_at_any_write_of_a_creation_the_repository_can_be_created_or_opened()
    {
        var storage = new TearingStorage();
        await (await CreateAsync(storage)).DisposeAsync();
        var writes = storage.Writes;
        var created = 0;
        for (var write = 1; write <= writes; write++)
        {
            for (var seed = 0; seed < SeedsPerWrite; seed++)
            {
                storage = new TearingStorage { PowerLossAtWrite = write };
                await Assert.ThrowsAsync<PowerLossException>(async () => await CreateAsync(storage));
                storage.Crash((write * 100) + seed);
                var presence = await BackupRepository.ProbeAsync(storage, Token);
                Assert.Contains(presence, new[] { RepositoryPresence.Nothing, RepositoryPresence.Repository });
                created += presence == RepositoryPresence.Nothing ? 1 : 0;
                await using var repository = presence == RepositoryPresence.Nothing
                    ? await CreateAsync(storage)
                    : await BackupRepository.OpenAsync(storage, Inline(), Token);
                await BackupAsync(repository, 1, null, [Noise(1, 10)]);
                Assert.Empty((await VerifyAsync(storage)).Problems);
            }
        }

        Assert.InRange(created, 1, (writes * SeedsPerWrite) - 1);
    }

    [Fact]
    public async Task After_a_power_loss_at_any_write_of_a_restore_record_the_restore_is_committed_or_not()
    {
        int committed = 0;
        int notCommitted = 0;
        for (var write = 1; ; write++)
        {
            var storage = new TearingStorage();
            var repository = await CreateAsync(storage);
            var set = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
            var held = await repository.LockForWritingAsync("a test", Token);
            storage.PowerLossAtWrite = storage.Writes + write;
            var owner = new Restores.RestoreOwner { Name = "one", Sid = 1, Set = set.Id, Drives = [new(DriveC, new byte[] { 1, 2 })], ChangesParent = true };
            var error = await Record.ExceptionAsync(
                async () => await repository.Restores.CommitAsync(held, new Restores.NewRestoreRecord { Owners = [owner] }, Token));
            if (error is null)
            {
                break;
            }

            Assert.IsType<PowerLossException>(error);
            storage.Crash(write);
            await using var after = await BackupRepository.OpenAsync(storage, Inline(), Token);
            var pending = await after.Restores.ListPendingAsync(Token);
            Assert.Empty((await VerifyAsync(storage)).Problems);
            if (pending.Count == 1)
            {
                committed++;
                Assert.Equal([1, 2], pending[0].Owners[0].Drives[0].Token.ToArray());
            }
            else
            {
                notCommitted++;
            }

            await using var next = await after.LockForWritingAsync("next", Token);
            Assert.Equal(pending.Count, (await after.Restores.ListPendingAsync(Token)).Count);
            var again = await after.Restores.CommitAsync(next, new Restores.NewRestoreRecord { Owners = [owner] }, Token);
            Assert.Equal(pending.Count + 1, again.Number);
            Assert.Empty((await VerifyAsync(storage)).Problems);
        }

        Assert.True(committed > 0 && notCommitted > 0, $"{committed} committed, {notCommitted} not.");
    }

    private static async Task<(int Writes, int Listed)> RunAsync(int powerLossAt, int seed)
    {
        var storage = new TearingStorage();
        var repository = await CreateAsync(storage, Inline(segmentBytes: 4096));
        byte[][] snapshot = [Noise(3, 500)];
        var old = await BackupAsync(repository, 1, null, [Noise(1, 1000)], snapshot);
        var before = storage.Writes;
        storage.PowerLossAtWrite = powerLossAt == 0 ? 0 : before + powerLossAt;
        byte[][] data = [Noise(4, 3000), Text(5, 3000), Noise(6, 2000)];
        var error = await Record.ExceptionAsync(async () => await BackupAsync(repository, 1, old.Part(1), data, snapshot));
        if (powerLossAt == 0)
        {
            Assert.Null(error);
            return (storage.Writes - before, 2);
        }

        Assert.NotNull(error);
        Assert.True(storage.PowerIsLost, "The declared power loss did not occur.");
        storage.Crash(seed);

        await using var after = await BackupRepository.OpenAsync(storage, Inline(seed: 2), Token);
        var sets = await after.ListSetsAsync(Token);
        Assert.Empty(sets.Problems);
        Assert.InRange(sets.Count, 1, 2);
        Assert.Equal(old.Id, sets[0].Id);
        Assert.Empty((await VerifyAsync(storage)).Problems);
        Assert.Equal(snapshot, await ReadAsync(after, sets[^1].Parts[0], StreamKind.Snapshot));
        if (sets.Count == 2)
        {
            Assert.Equal(data, await ReadAsync(after, sets[1].Parts[0], StreamKind.Data));
        }

        var next = await BackupAsync(after, 1, after.FindParent(sets, 1), [Noise(7, 100)], snapshot);
        Assert.Equal(sets.Count + 1, next.Sequence);
        var report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
        return (0, sets.Count);
    }
}
