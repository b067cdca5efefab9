using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>A call of the storage fails at the end of a commit, and the next writer meets a failing call or a power loss too. Nothing that was listed before is
/// lost, and the repository verifies clean.</summary>
public sealed class TwoFailuresTests
{
    // The calls of a commit from the rename on, the calls of the disposal included.
    private const int LastCalls = 12;

    public static TheoryData<bool, bool> Commits => new()
    {
        { false, false },
        { false, true },
        { true, false },
        { true, true },
    };

    [Theory]
    [MemberData(nameof(Commits))]
    public async Task A_power_loss_in_the_next_write_leaves_whole_sets(bool restore, bool late)
    {
        for (int failing = 0; failing < LastCalls; failing++)
        {
            for (int write = 1; ; write++)
            {
                TearingStorage storage = await FailAtEndAsync(restore, failing, late);
                storage.PowerLossAtWrite = storage.Writes + write;
                Exception? error = await Record.ExceptionAsync(async () => await WriteAsync(storage, restore, 3));
                if (error is null)
                {
                    Assert.True(write > 12, $"Only {write} writes");
                    break;
                }

                storage.Crash(write);
                await RequireCleanAsync(storage, $"call {failing} from the end and write {write}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Commits))]
    public async Task A_failing_call_in_the_next_write_loses_no_listed_set(bool restore, bool late)
    {
        for (int failing = 0; failing < LastCalls; failing++)
        {
            for (int call = 1; ; call++)
            {
                TearingStorage storage = await FailAtEndAsync(restore, failing, late);
                var (sets, restores) = await RequireCleanAsync(storage, $"call {failing} from the end");
                storage.FailAtCall = storage.Calls + call;
                int failed = storage.FailedCalls;
                await Record.ExceptionAsync(async () => await WriteAsync(storage, restore, 3));
                storage.FailAtCall = 0;
                if (storage.FailedCalls == failed)
                {
                    break;
                }

                string where = $"call {failing} from the end and call {call}";
                var after = await RequireCleanAsync(storage, where);
                Assert.True(sets.All(after.Sets.Contains), where);
                Assert.True(restores.All(after.Restores.Contains), where);
            }
        }
    }

    [Fact]
    public async Task A_lock_with_which_a_commit_failed_after_its_rename_commits_nothing_more()
    {
        var storage = new TearingStorage();
        await using BackupRepository repository = await CreateAsync(storage);
        RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using (BackupSetWriter first = repository.BeginSet(held, new NewBackupSet { Time = Start }))
        {
            await PartAsync(first, 1, null, [Noise(1, 10)]);
            await Assert.ThrowsAsync<RepositoryException>(
                async () => await first.CommitAsync(SetOutcome.Succeeded, new FailingAfterRename(storage), Token));
        }

        await using (BackupSetWriter second = repository.BeginSet(held, new NewBackupSet { Time = Start }))
        {
            await PartAsync(second, 1, null, [Noise(2, 10)]);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.CommitAsync(SetOutcome.Succeeded, null, Token));
        }

        await held.DisposeAsync();
        BackupSet next = await BackupAsync(repository, 1, null, [Noise(3, 10)]);
        Assert.Equal(2, next.Sequence);
        await RequireCleanAsync(storage, "afterwards");
    }

    private static async Task<TearingStorage> FailAtEndAsync(bool restore, int fromEnd, bool late)
    {
        int calls = (await FailAsync(restore, 0, late)).Calls;
        return await FailAsync(restore, calls - fromEnd, late);
    }

    private static async Task<TearingStorage> FailAsync(bool restore, int call, bool late)
    {
        var storage = new TearingStorage { FailsLate = late };
        await using (BackupRepository repository = await CreateAsync(storage))
        {
            await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        }

        storage.FailAtCall = call;
        Exception? error = await Record.ExceptionAsync(async () => await WriteAsync(storage, restore, 2));
        Assert.True(call == 0 ? error is null : storage.FailedCalls == 1);
        storage.FailAtCall = 0;
        return storage;
    }

    private static async Task WriteAsync(TearingStorage storage, bool restore, int seed)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed), Token);
        if (!restore)
        {
            await BackupAsync(repository, 1, null, [Noise(seed, 10)]);
            return;
        }

        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        BackupSet set = (await repository.ListSetsAsync(Token))[0];
        var owner = new RestoreOwner { Name = "one", Sid = 1, Set = set.Id, Drives = [new(DriveC, new byte[] { 1, 2 })], ChangesParent = true };
        await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [owner] }, Token);
    }

    private static async Task<(List<SetId> Sets, List<string> Restores)> RequireCleanAsync(TearingStorage storage, string where)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(9), Token);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.True(sets.Problems.Count == 0, $"{where}: {string.Join(' ', sets.Problems)}");
        Assert.True(sets.Count > 0, where);
        var problems = (await VerifyAsync(storage)).Problems;
        Assert.True(problems.Count == 0, $"{where}: {string.Join(' ', problems)}");
        return ([.. sets.Select(static set => set.Id)], [.. (await repository.Restores.ListAsync(Token)).Select(static restore => restore.Id)]);
    }

    private sealed class FailingAfterRename(TearingStorage storage) : IProgress<CommitPhase>
    {
        public void Report(CommitPhase value) => storage.FailAtCall = value == CommitPhase.Renamed ? storage.Calls + 1 : 0;
    }
}
