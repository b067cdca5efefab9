using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Plans and callbacks that block their thread, wait for the engine or never return: the engine answers, and only their owner fails.</summary>
public sealed class BlockingOwnerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_plan_that_blocks_its_thread_is_timed_out_and_the_engine_answers_in_the_meantime()
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("blocks", owner, r => r with { NoProgressTimeout = Soon }, RealOwners.Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");

        Task<RestoreReport> running = host.RestoreAsync();
        await blocker.EnteredAsync();
        await host.AssertAnswersAsync();
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => running.Within("the restore is refused"));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        Assert.Equal(BurMode.Normal, host.Mode);
        await host.AssertAnswersAsync();
        blocker.Open();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync().Within("the next backup ends")).Outcome);
    }

    [Fact]
    public async Task A_plan_that_waits_for_an_engine_call_gets_its_answer()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = RealOwners.Create();
        int owners = 0;
        await host.AddAsync("asks", owner, participate:
            RealOwners.Plan(() => owners = host.Engine.OwnersAsync(CancellationToken.None).GetAwaiter().GetResult().Count));
        await host.BackupAsync().Within("the backup ends");

        RestoreReport report = await host.RestoreAsync().Within("the restore ends");

        Assert.Equal((OperationOutcome.Succeeded, 1), (report.Outcome, owners));
    }

    [Fact]
    public async Task A_plan_that_never_returns_is_timed_out()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = RealOwners.Create();
        TaskCompletionSource hung = new();
        await host.AddAsync("hangs", owner, r => r with { NoProgressTimeout = Soon }, p => p.WithLayer(async (call, next, cancellationToken) =>
        {
            await (call.Kind == OwnerCallKind.PlanRestore ? hung.Task : Task.CompletedTask);
            return await next(call, cancellationToken);
        }));
        await host.BackupAsync().Within("the backup ends");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync().Within("the restore is refused"));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        await host.AssertAnswersAsync();
        hung.SetResult();
    }

    [Fact]
    public async Task An_abort_takes_effect_while_a_plan_blocks_its_thread()
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("blocks", owner, participate: RealOwners.Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");
        using CancellationTokenSource abort = new();

        Task<RestoreReport> running = host.RestoreUntilAsync(abort.Token);
        await blocker.EnteredAsync();
        abort.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Within("the restore is aborted"));
        Assert.Equal(BurMode.Normal, host.Mode);
        await host.AssertAnswersAsync();
        blocker.Open();
    }

    [Fact]
    public async Task The_lease_of_another_client_does_not_expire_while_a_plan_blocks_its_thread()
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("blocks", owner, participate: RealOwners.Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(2) });

        Task<RestoreReport> running = host.RestoreAsync();
        await blocker.EnteredAsync();
        for (int halfSecond = 0; halfSecond < 16; halfSecond++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.5));
            // The engine answers in order: when this answer comes, the leases that were due are renewed.
            await host.AssertAnswersAsync();
        }

        Assert.False(other.Ended.IsCompleted, "Expected: the lease is renewed. Actual: it expired.");
        clock.Advance(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<OperationRefusedException>(() => running.Within("the restore is refused"));
        blocker.Open();
    }

    [Theory]
    [InlineData(SchedulerKind.Immediate)]
    [InlineData(SchedulerKind.CurrentThread)]
    public async Task A_callback_that_blocks_the_thread_it_is_called_on_fails_its_owner_alone(SchedulerKind kind)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        using ScriptedDataOwner good = RealOwners.Create();
        await host.AddAsync("good", good);
        using ScriptedDataOwner bad = RealOwners.Create();
        bad.On(OwnerCallKind.AllSnapshotsSupplied, (_, _) =>
        {
            blocker.Enter();
            return default;
        });
        await host.AddAsync("bad", bad, RealOwners.Bad, p => p with { Client = p.Client with { Scheduler = Schedulers.Make(kind) } });

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        await host.AssertAnswersAsync();
        BackupReport report = await running.Within("the backup ends");

        Assert.Equal((OwnerOutcome.Succeeded, ErrorCode.TimedOut), (report.Of("good").Outcome, report.Of("bad").Error));
        Assert.Equal((OperationOutcome.Partial, BurMode.Normal), (report.Outcome, host.Mode));
        await host.AssertAnswersAsync();
    }

    [Theory]
    [InlineData(SchedulerKind.Immediate)]
    [InlineData(SchedulerKind.CurrentThread)]
    [InlineData(SchedulerKind.Pool)]
    public async Task A_callback_that_waits_for_an_engine_call_gets_its_answer(SchedulerKind kind)
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = RealOwners.Create();
        List<DataOwnerStatus> answers = [];
        foreach (OwnerCallKind call in new[] { OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetBackupDataSection, OwnerCallKind.PrepareRestore })
        {
            owner.On(call, (_, _) =>
            {
                answers.Add(host.Engine.OwnersAsync(CancellationToken.None).GetAwaiter().GetResult()[0].Status);
                return default;
            });
        }

        await host.AddAsync("one", owner, participate: p => p with { Client = p.Client with { Scheduler = Schedulers.Make(kind) } });

        BackupReport backup = await host.BackupAsync().Within("the backup ends");
        RestoreReport restore = await host.RestoreAsync().Within("the restore ends");

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded, 3), (backup.Outcome, restore.Outcome, answers.Count));
    }
}
