using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that start an async void method which throws later: only their own part fails.</summary>
public sealed class AsyncVoidTests
{
    public static TheoryData<OwnerCallKind> BackupKinds => [.. OwnerCalls.Backup];

    public static TheoryData<OwnerCallKind> RestoreKinds => [.. OwnerCalls.Restore];

    [Theory]
    [MemberData(nameof(BackupKinds))]
    public void A_backup_call_that_starts_an_async_void_method_that_throws_fails_that_owner_alone(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        await host.BackupAsync();
        bad.On(call, async (_, t) =>
        {
            ThrowLater(time);
            await time.DelayAsync(TimeSpan.FromSeconds(2), t);
        });
        using FailureWatch failures = new(host);
        TimeSpan from = time.Elapsed;

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.Contains(host.ParticipantErrors, e => e.Message == "late");
        Assert.InRange(failures.Of("bad").At - from, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.01));
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(RestoreKinds))]
    public void A_restore_call_that_starts_an_async_void_method_that_throws_fails_that_owner_alone(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        await host.BackUpTwiceAsync(good, bad);
        bad.On(call, async (_, t) =>
        {
            ThrowLater(time);
            await time.DelayAsync(TimeSpan.FromSeconds(2), t);
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(("good: second", "now"), (good.Text(), bad.Text()));
        host.AssertNormal();
    });

    [Fact]
    public void An_async_void_method_that_throws_after_the_commit_does_not_keep_the_others_from_being_put_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackUpTwiceAsync(good, bad);
        bad.On(OwnerCallKind.RestoreComplete, async (call, t) =>
        {
            if (call == 0)
            {
                ThrowLater(time);
                await time.DelayAsync(TimeSpan.FromSeconds(2), t);
            }
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((true, "good: second"), (report.Committed, good.Text()));
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        host.AssertNormal();
        await host.BackupAsync();
        Assert.Equal("bad: second", bad.Text());
    });

    [Fact]
    public void A_preparation_that_starts_an_async_void_method_that_throws_fails_that_owner_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort, p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                ThrowLater(time);
                await time.DelayAsync(TimeSpan.FromSeconds(2), t);
                return ErrorCode.Success;
            },
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.Contains(host.ParticipantErrors, e => e.Message == "late");
        host.AssertNormal();
    });

    [Theory]
    [InlineData(OwnerCallKind.TerminateMultiStageOperation)]
    [InlineData(OwnerCallKind.ResumeRestore)]
    [InlineData(OwnerCallKind.PlanRestore)]
    public void An_async_void_method_of_a_call_outside_of_the_transfer_that_throws_disturbs_no_other_owner(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new();
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort, plans.Add);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackUpTwiceAsync(good, bad);
        bad.On(OwnerCallKind.RestoreComplete, (n, _) =>
            n == 0 && call == OwnerCallKind.ResumeRestore ? throw new ConnException(ErrorCode.General, "no") : default);
        bad.On(OwnerCallKind.PrepareRestore, (_, _) =>
            call == OwnerCallKind.TerminateMultiStageOperation ? throw new ConnException(ErrorCode.General, "no") : default);
        bad.On(call, (n, t) => n == 0 ? StartAsync(t) : default);
        plans.Answer = t => call == OwnerCallKind.PlanRestore ? StartAsync(t) : default;

        RestoreReport report = await host.RestoreAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        BackupReport last = await host.BackupAsync();

        Assert.Equal((true, "good: second"), (report.Committed, good.Text()));
        Assert.Contains(host.ParticipantErrors, e => e.Message == "late");
        Assert.Equal(OperationOutcome.Succeeded, last.Outcome);
        host.AssertNormal();

        async ValueTask StartAsync(CancellationToken cancellationToken)
        {
            ThrowLater(time);
            await time.DelayAsync(TimeSpan.FromSeconds(2), cancellationToken);
        }
    });

    [Fact]
    public async Task An_async_void_method_of_an_owner_that_throws_on_the_pool_ends_no_process()
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = TimeSpan.FromMilliseconds(100) });
        TaskCompletionSource go = new();
        using Blocker blocker = new();
        using ScriptedDataOwner good = new("good", null);
        good.Set("good");
        using ScriptedDataOwner bad = new("bad", null);
        bad.Set("bad");
        bad.On(OwnerCallKind.GetBackupDataSection, (_, _) =>
        {
            ThrowAfter(go.Task);
            blocker.Enter();
            return default;
        });
        await host.AddAsync("bad", bad, r => r with { Policy = OwnerPolicy.BestEffort });
        await host.AddAsync("good", good);

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        go.SetResult();
        BackupReport report = await running.Within("the backup ends although a callback of the failed owner blocks");

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Partial), (report.Of("good").Outcome, report.Outcome));
        Assert.Equal(BurMode.Normal, host.Mode);

        static async void ThrowAfter(Task task)
        {
            await task;
            throw new InvalidOperationException("late");
        }
    }

    private static async void ThrowLater(VirtualTime time)
    {
        await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        throw new InvalidOperationException("late");
    }
}
