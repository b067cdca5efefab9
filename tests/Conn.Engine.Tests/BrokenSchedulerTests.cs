using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Schedulers and clocks of an owner that stop to do their work: only that owner fails.</summary>
public sealed class BrokenSchedulerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(SchedulerKind.Blocks, false)]
    [InlineData(SchedulerKind.Blocks, true)]
    [InlineData(SchedulerKind.Throws, false)]
    [InlineData(SchedulerKind.Throws, true)]
    [InlineData(SchedulerKind.NeverRuns, false)]
    [InlineData(SchedulerKind.NeverRuns, true)]
    public async Task A_scheduler_that_does_not_do_its_work_fails_its_owner_alone(SchedulerKind kind, bool follows)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon, ReadinessTimeout = TimeSpan.FromMilliseconds(300) });
        using Blocker blocker = new();
        using ScriptedDataOwner good = RealOwners.Create();
        await host.ConnectReadyAsync("good", good);
        using ScriptedDataOwner bad = RealOwners.Create();
        BrokenScheduler scheduler = new(kind, blocker);
        if (follows)
        {
            await host.AddAsync("bad", bad, RealOwners.Bad, p => p with { Client = p.Client with { Scheduler = scheduler } });
        }
        else
        {
            await host.ConnectReadyAsync("bad", bad, RealOwners.Bad, o => o with { Scheduler = scheduler });
        }

        scheduler.Break();

        BackupReport report = await host.BackupAsync().Within("the backup ends");

        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Failed), (report.Of("good").Outcome, report.Of("bad").Outcome));
        // A participant may have asked for a piece of work before the scheduler broke, and hear of the mode by that.
        ErrorCode[] expected = kind != SchedulerKind.Throws ? [ErrorCode.TimedOut] : follows ? [ErrorCode.General, ErrorCode.TimedOut] : [ErrorCode.General];
        Assert.Contains(report.Of("bad").Error, expected);
        Assert.Equal((OperationOutcome.Partial, BurMode.Normal), (report.Outcome, host.Mode));
        await host.AssertAnswersAsync();
        scheduler.Mend();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clock_of_a_client_that_does_not_do_its_work_keeps_no_other_lease_from_being_renewed(bool throws)
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        BrokenClock broken = new(throws, blocker);
        await host.ConnectReadyAsync("bad", null, RealOwners.Bad, o => o with { TimeProvider = broken });
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(30) });
        broken.Break();

        for (int second = 0; second < 60; second += 5)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await host.AssertAnswersAsync();
        }

        Assert.False(other.Ended.IsCompleted, "Expected: the lease of the other owner is renewed. Actual: it expired.");
    }
}
