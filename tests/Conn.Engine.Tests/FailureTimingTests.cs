using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A failure is reported with the owner's own code and ends its session in the instant in which it happens, whatever other owners are doing.</summary>
public sealed class FailureTimingTests
{
    private static readonly ErrorCode Own = new(-79);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    public static TheoryData<OwnerCallKind, bool> BackupCalls => Cross(OwnerCalls.Backup);

    public static TheoryData<OwnerCallKind, bool> RestoreCalls => Cross(OwnerCalls.Restore);

    [Theory]
    [MemberData(nameof(BackupCalls))]
    public void An_error_that_an_owner_confirms_inside_a_backup_call_fails_it_at_once_with_that_code(OwnerCallKind call, bool returns) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("bad");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = host.Owner("bad");
        bad.MaxSectionBytes = 4;
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        FailureTiming timing = Confirm(time, bad, call, returns, await host.ConnectReadyAsync(sid, bad));
        using FailureWatch failures = new(host);

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.False(bad.Holds);
    });

    [Theory]
    [MemberData(nameof(RestoreCalls))]
    public void An_error_that_an_owner_confirms_inside_a_restore_call_fails_it_at_once_with_that_code(OwnerCallKind call, bool returns) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("bad", r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = host.Owner("bad");
        bad.MaxSectionBytes = 4;
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        bad.Set("bad: second");
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        bad.Set("now");
        good.Set("now");
        FailureTiming timing = Confirm(time, bad, call, returns, await host.ConnectReadyAsync(sid, bad));
        using FailureWatch failures = new(host);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(("now", "good: data"), (bad.Text(), good.Text()));
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.False(bad.Holds);
    });

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    [InlineData("lease")]
    public void An_owner_that_fails_between_its_readiness_and_its_turn_fails_at_once(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        SecureId sid = await host.RegisterAsync("bad");
        using ScriptedDataOwner bad = host.Owner("bad");
        FailureTiming timing = new(time);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        SkippingClock clock = new(time.Clock);
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            host.Engine.Transport, sid, bad, host.ClientOptions("bad") with { TimeProvider = clock }, HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        switch (how)
        {
            case "confirms":
                await client.ConfirmReadyForBurAsync(Own, HostFixture.Never);
                break;
            case "closes":
                await client.DisposeAsync();
                break;
            default:
                clock.Skip();
                break;
        }

        await time.DelayAsync(TimeSpan.FromSeconds(1));
        OwnerStanding standing = (await host.Engine.OwnersAsync(HostFixture.Never))[1];
        BackupReport report = await running;

        ErrorCode code = how switch { "confirms" => Own, "closes" => ErrorCode.ServerTerminated, _ => ErrorCode.LeaseExpired };
        Assert.Equal((DataOwnerStatus.Failed, code), (standing.Status, standing.Error));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("slow").Outcome);
        // When a lease expires, the owner's side terminates the owner by itself; the session has ended for the engine then.
        timing.AssertAtOnce(failures.Of("bad"), code, terminates: how == "closes" ? 0 : 1);
        Assert.True(time.Elapsed > Hour);
    });

    [Fact]
    public void An_owner_that_fails_in_AllSnapshotsSupplied_while_another_streams_is_terminated_at_once_and_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        FailureTiming timing = new(time);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        bad.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
        {
            await time.DelayAsync(TenMinutes, t);
            timing.Mark();
            throw new ConnException(Own, "no");
        });
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes + TimeSpan.FromSeconds(1));
        OwnerStanding standing = (await host.Engine.OwnersAsync(HostFixture.Never))[1];
        BackupReport report = await running;

        Assert.Equal((DataOwnerStatus.Failed, Own), (standing.Status, standing.Error));
        Assert.Equal((Own, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("slow").Outcome));
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.True(time.Elapsed > Hour);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Owners_of_a_manager_that_fails_while_another_owner_streams_fail_at_once_with_its_code(bool inRestore) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow", slowBackup: !inRestore);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort },
            p => p with { PrepareAsync = (c, _, _) => Keep(c) });
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [2], OwnerPolicy.BestEffort);
        if (inRestore)
        {
            await host.BackupAsync();
        }

        using FailureWatch failures = new(host);
        TimeSpan from = time.Elapsed;
        Task running = inRestore ? host.RestoreAsync() : host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        await client!.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        await running;

        Assert.All(new[] { "manager", "served" }, name =>
        {
            (ErrorCode error, TimeSpan at) = failures.Of(name);
            Assert.Equal(Own, error);
            Assert.InRange(at - from, TenMinutes, TenMinutes + TimeSpan.FromMilliseconds(1));
        });
        Assert.DoesNotContain("slow", failures.Owners);
        Assert.Equal(1, host.Trace.Of("served").Count(c => c == "TerminateMultiStageOperation"));
        Assert.Equal(1, host.Trace.Of("manager").Count(c => c == "TerminateMultiStageOperation"));

        ValueTask<ErrorCode> Keep(ActiveBackupClient connected)
        {
            client = connected;
            return new(ErrorCode.Success);
        }
    });

    private static TheoryData<OwnerCallKind, bool> Cross(OwnerCallKind[] calls)
    {
        TheoryData<OwnerCallKind, bool> all = [];
        foreach (OwnerCallKind call in calls)
        {
            all.Add(call, true);
            all.Add(call, false);
        }

        return all;
    }

    /// <summary>Lets an owner confirm an error inside a call, which then returns, or goes on until its token is cancelled.</summary>
    private static FailureTiming Confirm(VirtualTime time, ScriptedDataOwner owner, OwnerCallKind call, bool returns, ActiveBackupClient client)
    {
        FailureTiming timing = new(time);
        owner.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        owner.On(call, async (_, t) =>
        {
            await time.DelayAsync(TimeSpan.FromSeconds(5), t);
            timing.Mark();
            await client.ConfirmReadyForBurAsync(Own, CancellationToken.None);
            await (returns ? Task.CompletedTask : time.DelayAsync(TimeSpan.FromSeconds(30), t));
        });
        return timing;
    }

    [Fact]
    public void An_owner_that_has_failed_when_the_operation_begins_is_reported_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        using ScriptedDataOwner slow = await host.AddOwnerAsync("slow");
        slow.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) => await time.DelayAsync(TimeSpan.FromSeconds(50), t));
        SecureId sid = await host.RegisterAsync("bad", r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner bad = host.Owner("bad");
        ActiveBackupClient client = await host.ConnectAsync(sid, bad);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-79), HostFixture.Never);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(10));
        bool told = host.Steps.Any(s => s.Phase == OperationPhase.OwnerFailed);

        Assert.Equal(new ErrorCode(-79), (await running).Of("bad").Error);
        Assert.True(told, "Expected: the failure is reported at once. Actual: not after 10 s.");
    });

    [Theory]
    [InlineData(BackupChoice.Auto)]
    [InlineData(BackupChoice.Increment)]
    public void An_owner_that_confirms_Corrupt_while_its_snapshot_is_supplied_has_failed_and_did_not_refuse_the_snapshot(BackupChoice choice) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        bool fails = false;
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort, p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                await time.DelayAsync(TimeSpan.FromSeconds(1), t);
                return fails ? ErrorCode.Corrupt : ErrorCode.Success; // its own data is damaged
            },
        });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackupAsync();
        fails = true;
        bad.On(OwnerCallKind.ReceiveSnapshotData, async (_, t) => await time.DelayAsync(TimeSpan.FromSeconds(2), t));

        BackupReport report = await host.BackupAsync(choice);

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Failed, ErrorCode.Corrupt), (report.Outcome, report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.DoesNotContain("cannot use the snapshot", report.Of("bad").Why, StringComparison.Ordinal);
    });

    [Fact]
    public void An_owner_that_fails_while_its_manager_gets_ready_is_not_reported_as_ready_afterwards() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", participate: p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                await time.DelayAsync(TimeSpan.FromSeconds(10), t);
                return ErrorCode.Success;
            },
        });
        ActiveBackupClient? client = null;
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1], OwnerPolicy.BestEffort, p => p.WithClient(c => client = c));
        manager.Keep(2, "kept");
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        await client!.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        BackupReport report = await running;

        Assert.Equal(Own, report.Of("owner").Error);
        Assert.Equal([OperationPhase.OwnerFailed], host.Steps.Where(p => p.Owner == "owner" && (p.Phase is OperationPhase.OwnerFailed or OperationPhase.OwnerReady)).Select(p => p.Phase));
    });
}
