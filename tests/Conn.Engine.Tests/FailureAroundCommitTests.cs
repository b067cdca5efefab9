using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that fail after they have prepared a restore: before its commit nothing changes, after it they are rolled forward.</summary>
public sealed class FailureAroundCommitTests
{
    private static readonly ErrorCode Own = new(-79);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    public void A_required_owner_that_fails_after_it_has_prepared_stops_the_restore_at_once_and_nothing_changes(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required);
        FailureTiming timing = new(time);
        owners[0].On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        TimeSpan cancelled = TimeSpan.Zero;
        owners[1].On(OwnerCallKind.RestoreBaseDataSection, async (_, t) =>
        {
            using CancellationTokenRegistration stop = t.Register(() => cancelled = time.Elapsed);
            await time.DelayAsync(Hour, t);
        });
        using FailureWatch failures = new(host);

        Task<RestoreReport> running = host.RestoreAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        await (how == "confirms" ? bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) : bad().DisposeAsync());
        RestoreReport report = await running;
        TimeSpan ended = time.Elapsed;

        ErrorCode code = how == "confirms" ? Own : ErrorCode.ServerTerminated;
        Assert.Equal((OperationOutcome.Failed, false), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("owner0").Outcome, report.Of("owner0").Error));
        Assert.Equal((OwnerOutcome.Skipped, OwnerOutcome.Skipped), (report.Of("owner1").Outcome, report.Of("owner2").Outcome));
        Assert.All(owners, o => Assert.Equal("now", o.Text()));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        Assert.DoesNotContain(host.Trace.Lines, l => l.Contains("RestoreComplete", StringComparison.Ordinal));
        timing.AssertAtOnce(failures.Of("owner0"), code, terminates: how == "confirms" ? 1 : 0);
        Assert.InRange(cancelled - timing.Failed, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.InRange(ended - timing.Failed, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.False(owners[1].Holds || owners[2].Holds);
        host.AssertNormal();
    });

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    public void A_best_effort_owner_that_fails_after_it_has_prepared_is_left_out_and_the_rest_is_restored(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.BestEffort);
        owners[1].On(OwnerCallKind.RestoreBaseDataSection, async (_, t) => await time.DelayAsync(Hour, t));
        FailureTiming timing = new(time);
        owners[0].On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        using FailureWatch failures = new(host);

        Task<RestoreReport> running = host.RestoreAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        await (how == "confirms" ? bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) : bad().DisposeAsync());
        RestoreReport report = await running;

        ErrorCode code = how == "confirms" ? Own : ErrorCode.ServerTerminated;
        Assert.Equal((OperationOutcome.Partial, true), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("owner0").Outcome, report.Of("owner0").Error));
        Assert.Equal(("now", "owner1: data", "owner2: data"), (owners[0].Text(), owners[1].Text(), owners[2].Text()));
        Assert.DoesNotContain(host.Trace.Of("owner0"), l => l.Contains("RestoreComplete", StringComparison.Ordinal));
        timing.AssertAtOnce(failures.Of("owner0"), code, terminates: how == "confirms" ? 1 : 0);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void The_last_owner_to_prepare_removes_what_it_prepared_when_it_fails_and_the_rest_is_committed_in_the_same_turn() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = host.Owner("bad");
        bad.Data[DriveNumber.FromLetter('E')] = [1];
        await host.AddAsync("bad", bad, r => r with { Policy = OwnerPolicy.BestEffort, Drives = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E')) });
        bad.On(OwnerCallKind.PrepareRestore, (call, _) => call == 1 ? throw new ConnException(Own, "no room for the second drive") : default);
        await host.BackupAsync();
        List<OwnerCallKind> ended = [];
        foreach (OwnerCallKind kind in (OwnerCallKind[])[OwnerCallKind.TerminateMultiStageOperation, OwnerCallKind.Recover])
        {
            bad.On(kind, (_, _) =>
            {
                ended.Add(kind);
                return default;
            });
        }

        bad.On(OwnerCallKind.RestoreBaseDataSection, (_, _) =>
        {
            ended.Clear();
            return default;
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Partial, true, Own), (report.Outcome, report.Committed, report.Of("bad").Error));
        Assert.Equal([OwnerCallKind.TerminateMultiStageOperation, OwnerCallKind.Recover], ended);
        Assert.False(bad.Holds);
    });

    [Fact]
    public void An_owner_that_confirms_an_error_once_the_commit_record_is_durable_is_rolled_forward_by_the_next_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required, badIs: 1);
        owners[0].On(OwnerCallKind.RestoreComplete, async (_, t) => await bad().ConfirmReadyForBurAsync(Own, t));
        FailureWatch failures = new(host);

        RestoreReport report = await host.RestoreAsync();
        failures.Dispose();
        RestoreRecord pending = Assert.Single(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        string between = owners[1].Text();
        owners[0].On(OwnerCallKind.RestoreComplete, (_, _) => default);
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, true), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("owner1").Outcome, report.Of("owner1").Error));
        Assert.Equal(Own, failures.Of("owner1").Error);
        Assert.Equal(("owner0: data", "now", "owner2: data"), (owners[0].Text(), between, owners[2].Text()));
        Assert.Equal(["owner1"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        Assert.Equal((OperationOutcome.Succeeded, "owner1: data"), (next.Outcome, owners[1].Text()));
    });

    [Fact]
    public void An_owner_that_confirms_an_error_while_the_commit_record_is_written_is_restored_with_the_others_or_none_is() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required, badIs: 1);
        HookedStorage storage = new(host.Storage) { BeforeRename = async () => await bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) };
        await using BackupRepository repository = await storage.OpenAsync(time);

        RestoreReport report = await host.RestoreAsync(r => r with { Repository = repository });
        await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("owner1").Outcome, report.Of("owner1").Error));
        string expected = report.Committed ? "owner0: data, owner1: data, owner2: data" : "now, now, now";
        Assert.Equal(expected, string.Join(", ", owners.Select(o => o.Text())));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    /// <summary>Adds three owners, backs them up and changes them; one of them is connected through a client that is given back.</summary>
    private static async Task<(ScriptedDataOwner[] Owners, Func<ActiveBackupClient> Bad)> AddForRestoreAsync(VirtualHost host, OwnerPolicy policy,
        int badIs = 0)
    {
        ActiveBackupClient? client = null;
        ScriptedDataOwner[] owners = [.. Enumerable.Range(0, 3).Select(i => host.Owner($"owner{i}"))];
        for (int i = 0; i < owners.Length; i++)
        {
            bool isBad = i == badIs;
            await host.AddAsync(owners[i].Name, owners[i], r => r with { Policy = isBad ? policy : OwnerPolicy.Required }, p => !isBad ? p : p.WithClient(c => client = c));
        }

        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in owners)
        {
            owner.Set("now");
        }

        return (owners, () => client!);
    }

    /// <summary>A storage that does something before it renames a restore record.</summary>
    private sealed class HookedStorage(IRepositoryStorage inner) : ForwardingStorage(inner)
    {
        public Func<Task>? BeforeRename { get; set; }

        public override async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
        {
            if (to.StartsWith("restores/", StringComparison.Ordinal) && BeforeRename is { } before)
            {
                BeforeRename = null;
                await before();
            }

            await base.RenameAsync(from, to, cancellationToken);
        }
    }

    [Fact]
    public void A_storage_that_throws_anything_after_the_commit_keeps_no_owner_from_being_put_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("now");
        two.Set("now");
        await using BackupRepository repository = await new OddStorage(host.Storage).OpenAsync(time);

        Exception? thrown = await Record.ExceptionAsync(() => host.RestoreAsync(r => r with { Repository = repository }, HostFixture.Never));

        Assert.Equal(("one: data", "two: data", null), (one.Text(), two.Text(), thrown?.Message));
    });

    /// <summary>The first rename of a restore's record is that of the commit; later ones throw what no storage should.</summary>
    private sealed class OddStorage(Conn.Repository.Storage.IRepositoryStorage inner) : ForwardingStorage(inner)
    {
        private int _renames;

        public override ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) =>
            to.StartsWith("restores/", StringComparison.Ordinal) && ++_renames > 1 ? throw new TimeoutException("odd") : base.RenameAsync(from, to, cancellationToken);
    }
}
