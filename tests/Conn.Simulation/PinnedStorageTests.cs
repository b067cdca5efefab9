using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Simulation;

/// <summary>What simulation once found when calls of the storage fail, each as the shortest scenario that shows it.</summary>
public sealed class PinnedStorageTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public void A_set_that_cannot_be_read_for_a_moment_is_continued_or_named() => EachCall(async (host, failing) =>
    {
        await host.BackupAsync();
        host.Owner.Data[DriveNumber.C] = [2];
        BackupReport newest = (await host.BackupAsync())!;
        host.Owner.Data[DriveNumber.C] = [3];

        BackupReport? report = await host.BackupAsync(failing);

        string set = newest.Set!.Id.Text;
        Assert.True(report is null || report.Owners[0].Parent == set || report.Notes.Any(n => n.Contains(set, StringComparison.Ordinal)));
    });

    [Fact]
    public void An_earlier_restore_never_overwrites_a_later_one_whatever_call_of_the_storage_failed() => EachCall(async (host, failing) =>
    {
        BackupReport first = (await host.BackupAsync())!;
        host.Owner.Data[DriveNumber.C] = [2];
        BackupReport second = (await host.BackupAsync())!;
        host.Owner.Data[DriveNumber.C] = [3];
        host.Owner.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.TimedOut, "cut off") : default);
        host.Owner.On(OwnerCallKind.ResumeRestore, (call, _) => call == 0 ? throw new ConnException(ErrorCode.TimedOut, "not now") : default);
        await host.RestoreAsync(first);

        RestoreReport? later = await host.RestoreAsync(second, failing);
        await host.BackupAsync();

        if (later is { Committed: true } && later.Owners[0].Outcome == OwnerOutcome.Succeeded)
        {
            Assert.Equal([2], host.Owner.Data[DriveNumber.C]);
        }
    });

    [Fact]
    public void A_restore_during_which_the_storage_fails_for_a_moment_does_not_call_the_chain_broken() => EachCall(async (host, failing) =>
    {
        await host.BackupAsync();
        host.Owner.Data[DriveNumber.C] = [2];
        BackupReport increment = (await host.BackupAsync())!;

        await host.RestoreAsync(increment, failing);

        Assert.NotEqual(RepositoryFailure.ChainBroken, host.Failure);
    });

    /// <summary>Runs a scenario once for each call of the storage: that call fails in the operation under test.</summary>
    private static void EachCall(Func<Scenario, int, Task> scenario)
    {
        for (int call = 1; call < 200; call++)
        {
            int failing = call;
            VirtualTime.Run(async time =>
            {
                await using VirtualHost host = await VirtualHost.StartAsync(time);
                using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
                await host.AddAsync("owner", owner);
                await scenario(new Scenario(host, owner), failing);
            });
        }
    }

    private sealed record Scenario(VirtualHost Host, ScriptedDataOwner Owner)
    {
        /// <summary>How the last operation with a failing call ended; null when it ended with a report.</summary>
        public RepositoryFailure? Failure { get; private set; }

        /// <summary>Backs up; the call with this number fails. Gives null when the operation ends with that failure.</summary>
        public Task<BackupReport?> BackupAsync(int failing = 0) =>
            FailingAsync(failing, () => Host.Engine.BackupAsync(new BackupRequest { Repository = Host.Repository }, Never));

        /// <summary>Restores what a backup has stored; as there.</summary>
        public Task<RestoreReport?> RestoreAsync(BackupReport backup, int failing = 0) =>
            FailingAsync(failing, () => Host.Engine.RestoreAsync(new RestoreRequest { Repository = Host.Repository, Set = backup.Set! }, Never));

        private async Task<T?> FailingAsync<T>(int failing, Func<Task<T>> operate)
            where T : class
        {
            Host.Storage.FailAtCall = failing == 0 ? 0 : Host.Storage.Calls + failing;
            try
            {
                return await operate();
            }
            catch (RepositoryException e) when (failing > 0)
            {
                Failure = e.Failure;
                return null;
            }
            finally
            {
                Host.Storage.FailAtCall = 0;
            }
        }
    }
}
