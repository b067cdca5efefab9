using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>A committed restore that is not finished is carried through or reported, whatever runs next.</summary>
public sealed class PendingRestoreTests
{
    [Fact]
    public void A_manager_with_a_pending_restore_takes_no_other_restore_before_it_is_rolled_forward() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        FailOnce(manager, OwnerCallKind.RestoreComplete, ErrorCode.General);
        FailOnce(manager, OwnerCallKind.ResumeRestore, ErrorCode.General);
        await host.RestoreAsync(r => r with { Owners = [Sid(2)] });

        int modes = host.Modes.Count;
        OperationRefusedException alone = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = [Sid(1)] }));
        BurMode[] published = [.. host.Modes.Skip(modes)];
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationRefusal.InUse, ErrorCode.InUse), (alone.Refusal, alone.Code));
        Assert.Contains("manager", alone.Message, StringComparison.Ordinal);
        // The attempt to roll the earlier restore forward is the only mode: the refused restore published none.
        Assert.Equal(2, published.Length);
        Assert.Equal((OperationOutcome.Succeeded, "then"), (next.Outcome, manager.Kept(2)));
    });

    [Fact]
    public void A_restore_that_cannot_be_rolled_forward_stays_recorded_until_a_report_has_named_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new();
        using ScriptedDataOwner one = await host.AddOwnerAsync("one", participate: plans.Add);
        await host.BackupAsync();
        FailOnce(one, OwnerCallKind.RestoreComplete, ErrorCode.General);
        await host.RestoreAsync();
        one.Fail(OwnerCallKind.ResumeRestore, ErrorCode.NotFound);
        plans.Answer = Refuse;

        await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync());
        BackupReport reported = await host.BackupAsync();
        BackupReport after = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Failed, reported.Outcome);
        Assert.Contains(reported.Notes, n => n.Contains("cannot be rolled forward", StringComparison.Ordinal));
        Assert.Equal(OperationOutcome.Succeeded, after.Outcome);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_pending_restore_of_newer_data_waits_for_an_owner_that_knows_its_version() => VirtualTime.Run(async time =>
    {
        ScriptedDisk disk = new();
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner newer = await AddVersionAsync(then, disk, 2);
        newer.Set("of version 2");
        await then.BackupAsync();
        newer.Set("of version 1");
        newer.Fail(OwnerCallKind.RestoreComplete, ErrorCode.General);
        await then.RestoreAsync();

        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner older = await AddVersionAsync(now, disk, 1);
        BackupReport early = await now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);
        string between = older.Text();
        await using VirtualHost last = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner again = await AddVersionAsync(last, disk, 2);
        BackupReport late = await last.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);

        Assert.Equal((OperationOutcome.Failed, "of version 1"), (early.Outcome, between));
        Assert.Contains(early.Notes, n => n.Contains("version 2", StringComparison.Ordinal) && n.Contains("up to 1", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "of version 2"), (late.Outcome, again.Text()));
    });

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_commit_record_counts_when_it_is_durable_and_not_when_it_is_listed(int failingFlushes, bool committed) => VirtualTime.Run(async time =>
    {
        HashSet<string> ends = [];
        for (int seed = 0; seed < 24; seed++)
        {
            ScriptedDisk disk = new();
            await using VirtualHost then = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner one = new("one", then.Trace, disk);
            await then.AddAsync("one", one, r => r with { Drives = Both });
            await SetAsync(disk, 1, () => then.BackupAsync());
            await SetAsync(disk, 9, () => Task.CompletedTask);
            one.On(OwnerCallKind.RestoreComplete, (call, _) => call == 1 ? throw new ConnException(ErrorCode.General, "the power goes here") : default);
            FaultyStorage storage = new(then.Storage);
            await using BackupRepository repository = await storage.OpenAsync(time);
            storage.FailingFlushes = failingFlushes;

            RestoreReport report = await then.RestoreAsync(r => r, repository);
            then.Storage.Crash(seed);
            await using VirtualHost now = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner again = new("one", now.Trace, disk);
            await now.AddAsync("one", again, r => r with { Drives = Both });
            await now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);

            Assert.Equal(committed, report.Committed);
            ends.Add(string.Join(' ', Both.Select(d => disk.Data[d][0])));
        }

        Assert.Subset(new HashSet<string>(committed ? ["1 1"] : ["1 1", "9 9"]), ends);
    });

    [Fact]
    public void A_committed_backup_is_reported_although_the_file_that_names_the_writer_stays() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        FaultyStorage storage = new(host.Storage) { HolderStays = true };
        await using BackupRepository repository = await storage.OpenAsync(time);

        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = repository }, HostFixture.Never);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Contains(report.Notes, n => n.Contains("the name stays", StringComparison.Ordinal));
        Assert.Single(await host.Repository.ListSetsAsync(HostFixture.Never));
    });

    [Fact]
    public void A_manager_whose_only_owner_is_left_out_is_not_waited_for() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        RestorePlans plans = new();
        using ScriptedDataOwner refused = await host.AddProxiedAsync("refused", [1], OwnerPolicy.BestEffort, plans.Add);
        using ScriptedDataOwner free = await host.AddOwnerAsync("free");
        await host.BackupAsync();
        manager.Hang(OwnerCallKind.Recover);
        plans.Answer = Refuse;
        TimeSpan from = time.Elapsed;

        RestoreReport report = await host.RestoreAsync(r => r with { Owners = [Sid(2), Sid(3)] });

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Succeeded), (report.Outcome, report.Of("free").Outcome));
        Assert.InRange(time.Elapsed - from, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    });

    [Fact]
    public void A_plan_that_takes_too_long_is_cancelled_and_the_refusal_names_the_setting() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        CancellationToken given = default;
        RestorePlans plans = new();
        using ScriptedDataOwner one = await host.AddOwnerAsync("one", participate: plans.Add);
        await host.BackupAsync();
        plans.Answer = token =>
        {
            given = token;
            return new ValueTask(new TaskCompletionSource().Task);
        };
        TimeSpan from = time.Elapsed;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync());
        TimeSpan refusedAfter = time.Elapsed - from;
        await time.DelayAsync(TimeSpan.FromMilliseconds(1));

        Assert.True(given.IsCancellationRequested);
        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        Assert.InRange(refusedAfter, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60.1));
        Assert.Contains("the no-progress time-out", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OwnerCallKind.PlanRestore, Assert.IsType<DataOwnerException>(refused.InnerException).Call);
    });

    private static readonly DriveList Both = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'));

    private static void FailOnce(ScriptedDataOwner owner, OwnerCallKind callback, ErrorCode code) =>
        owner.On(callback, (call, _) => call == 0 ? throw new ConnException(code, "not now") : default);

    private static ValueTask Refuse(CancellationToken cancellationToken) => throw new ConnException(ErrorCode.DiskFull, "no room");

    private static async Task<ScriptedDataOwner> AddVersionAsync(VirtualHost host, ScriptedDisk disk, uint version)
    {
        ScriptedDataOwner owner = new("one", host.Trace, disk);
        await host.AddAsync("one", owner, r => r with { DataVersion = version });
        return owner;
    }

    private static async Task SetAsync(ScriptedDisk disk, byte value, Func<Task> then)
    {
        foreach (DriveNumber drive in Both)
        {
            disk.Data[drive] = [value];
        }

        await then();
    }
}
