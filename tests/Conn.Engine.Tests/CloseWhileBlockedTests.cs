using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Clients, participants and engines are disposed while code of an owner blocks its thread: none waits for it without limit.</summary>
public sealed class CloseWhileBlockedTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(SchedulerKind.Pool, OwnerCallKind.GetBackupDataSection)]
    [InlineData(SchedulerKind.Immediate, OwnerCallKind.GetBackupDataSection)]
    [InlineData(SchedulerKind.Pool, OwnerCallKind.Recover)]
    [InlineData(SchedulerKind.Immediate, OwnerCallKind.Recover)]
    public async Task A_client_whose_callback_blocks_is_disposed_at_once_and_its_owner_fails_at_once(SchedulerKind kind, OwnerCallKind call)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        using ScriptedDataOwner good = RealOwners.Create();
        using ScriptedDataOwner bad = Blocking(call, blocker);
        ActiveBackupClient client = await host.ConnectReadyAsync("bad", bad, r => r with { Policy = OwnerPolicy.BestEffort },
            o => o with { Scheduler = Schedulers.Make(kind) });
        await host.AddAsync("good", good);

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        await client.DisposeAsync().Within("the client is disposed while its callback blocks");
        BackupReport report = await running.Within("the backup ends while the callback blocks");

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal((OwnerOutcome.Succeeded, BurMode.Normal), (report.Of("good").Outcome, host.Mode));
    }

    [Theory]
    [InlineData(SchedulerKind.Pool)]
    [InlineData(SchedulerKind.Immediate)]
    public async Task A_participant_whose_callback_blocks_is_disposed_at_once_and_its_owner_fails_at_once(SchedulerKind kind)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        using ScriptedDataOwner good = RealOwners.Create();
        using ScriptedDataOwner bad = Blocking(OwnerCallKind.GetBackupDataSection, blocker);
        SecureId sid = new(0x30000077);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("bad", sid) { Policy = OwnerPolicy.BestEffort });
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, bad, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("bad") with { Scheduler = Schedulers.Make(kind) },
        });
        await host.AddAsync("good", good);

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        await participant.DisposeAsync().Within("the participant is disposed while a callback of it blocks");
        BackupReport report = await running.Within("the backup ends while the callback blocks");

        Assert.Equal((OwnerOutcome.Failed, OwnerOutcome.Succeeded), (report.Of("bad").Outcome, report.Of("good").Outcome));
        Assert.Equal(BurMode.Normal, host.Mode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_participant_whose_plan_blocks_is_disposed_and_the_restore_is_refused(bool immediate)
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = RealOwners.Create();
        SecureId sid = new(0x30000077);
        DataOwnerParticipantOptions options = RealOwners.Plan(blocker.Enter)(new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one") with { Scheduler = immediate ? ImmediateScheduler.Instance : TaskPoolScheduler.Default },
        });
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, options);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("one", sid) { NoProgressTimeout = TimeSpan.FromSeconds(1) }, participant.Planner);
        await host.BackupAsync().Within("the backup ends");

        Task<RestoreReport> running = host.RestoreAsync();
        await blocker.EnteredAsync();
        await participant.DisposeAsync().Within("the participant is disposed while its plan blocks");
        Exception? refused = await Record.ExceptionAsync(() => running.Within("the restore is refused"));

        Assert.Equal(ErrorCode.TimedOut, Assert.IsType<OperationRefusedException>(refused).Code);
        await host.AssertAnswersAsync();
    }

    private static ScriptedDataOwner Blocking(OwnerCallKind call, Blocker blocker) => RealOwners.Create().On(call, (_, _) =>
    {
        blocker.Enter();
        return default;
    });
}
