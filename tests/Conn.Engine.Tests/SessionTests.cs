using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner's connection: when it is made, what it can ask, where it is called, and how it ends.</summary>
public sealed class SessionTests
{
    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(10)]
    public void An_owner_may_connect_before_with_or_after_the_mode(int seconds) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        Task<BackupReport>? running = seconds < 0 ? null : host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(Math.Max(0, seconds)));

        await using ActiveBackupClient client = await host.ConnectAsync(sid, owner);
        running ??= host.BackupAsync();
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        Assert.Equal(OperationOutcome.Succeeded, (await running).Outcome);
    });

    [Fact]
    public void An_owner_that_connects_after_the_operation_is_asked_for_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("late");
        using ScriptedDataOwner owner = host.Owner("late");
        await host.BackupAsync();

        await using ActiveBackupClient client = await host.ConnectAsync(sid, owner);
        BurModeInfo info = await client.BurModeInfoAsync(HostFixture.Never);

        Assert.Equal((BurMode.Normal, DriveList.Empty), (info.Mode, info.Drives));
        Assert.False(await client.DoesPartialBurAffectMeAsync(HostFixture.Never));
        Assert.Empty(host.Trace.Of("late"));
    });

    [Fact]
    public void A_callback_can_ask_for_the_mode_and_confirm_readiness() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        SecureId other = await host.RegisterAsync("other", r => r with { Drives = DriveList.Of(DriveNumber.FromLetter('E')) });
        using ScriptedDataOwner owner = host.Owner("one");
        await using ActiveBackupClient quiet = await host.ConnectReadyAsync(other, null);
        await using ActiveBackupClient client = await host.ConnectAsync(sid, owner);
        List<BurModeInfo> infos = [];
        List<bool> affected = [];
        owner.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
        {
            infos.Add(await client.BurModeInfoAsync(t));
            affected.Add(await client.DoesPartialBurAffectMeAsync(t));
            await client.ConfirmReadyForBurAsync(ErrorCode.Success, t);
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        BurModeInfo info = Assert.Single(infos);
        Assert.Equal(("CE", BurPartType.BackupFull, BackupIncType.Base), (info.Drives.ToString(), info.Mode.PartType, info.Mode.IncType));
        Assert.Equal([true], affected);
    });

    [Fact]
    public void In_a_partial_operation_each_owner_learns_whether_it_is_on_the_list() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner listed = await host.AddOwnerAsync("listed");
        SecureId sid = await host.RegisterAsync("unlisted");
        await using ActiveBackupClient client = await host.ConnectAsync(sid, null);
        bool? affected = null;
        listed.On(OwnerCallKind.InitialiseGetBackupData, async (_, t) => affected = await client.DoesPartialBurAffectMeAsync(t));

        await host.BackupAsync(r => r with { Owners = [new SecureId(0x30000001)] });

        Assert.False(affected);
    });

    [Fact]
    public void An_engine_that_has_stopped_refuses_connections() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        await host.Engine.DisposeAsync();

        ConnException refused = await Assert.ThrowsAsync<ConnException>(async () =>
            await host.ConnectAsync(sid, null));

        Assert.Equal(ErrorCode.NotSupported, refused.Code);
        Assert.Equal(BurMode.Unset, host.Modes[^1]);
    });

    [Fact]
    public async Task Callbacks_run_on_the_owners_own_thread_and_one_at_a_time()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = await BackupEngine.StartAsync(
            new BackupEngineOptions { Bus = store.Open(SecureId.Engine) }, TestContext.Current.CancellationToken);
        using EventLoopScheduler scheduler = new();
        using ScriptedDataOwner owner = new("one", null);
        owner.Set("some data");
        int thread = await RunOnAsync(scheduler, () => Environment.CurrentManagedThreadId);
        List<int> threads = [];
        foreach (OwnerCallKind kind in Enum.GetValues<OwnerCallKind>())
        {
            owner.On(kind, (_, _) =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                return default;
            });
        }

        SecureId sid = new(7);
        await engine.RegisterAsync(new DataOwnerRegistration("one", sid));
        await using Repository.BackupRepository repository = await Repository.BackupRepository.CreateAsync(
            new Testing.Storage.TearingStorage(), new Repository.RepositoryOptions(), TestContext.Current.CancellationToken);
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            engine.Transport, sid, owner, new ActiveBackupClientOptions { Scheduler = scheduler }, TestContext.Current.CancellationToken);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, TestContext.Current.CancellationToken);

        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, TestContext.Current.CancellationToken);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(threads.Count > 4);
        Assert.All(threads, t => Assert.Equal(thread, t));
    }

    [Theory]
    [InlineData(OperationPhase.OwnerReady)]
    [InlineData(OperationPhase.DataStarted)]
    [InlineData(OperationPhase.Section)]
    [InlineData(OperationPhase.DataFinished)]
    public void An_owner_that_closes_its_client_between_callbacks_ends_its_part_and_no_other(OperationPhase phase) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("goes");
        using ScriptedDataOwner stays = await host.AddOwnerAsync("stays");
        using ScriptedDataOwner goes = host.Owner("goes");
        goes.MaxSectionBytes = 3;
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, goes);
        Task? gone = null;
        using IDisposable watch = host.Engine.Progress.Subscribe(p =>
        {
            if (p.Phase == phase && p.Owner == "goes")
            {
                gone ??= client.DisposeAsync().AsTask();
            }
        });

        BackupReport report = await host.BackupAsync();

        Assert.NotNull(gone);
        await gone;
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("goes").Outcome, report.Of("goes").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("stays").Outcome);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(1), $"expected no wait for a closed owner, actual {time.Elapsed}");
        host.AssertNormal();
    });

    [Fact]
    public void An_operation_requested_in_a_callback_is_refused_with_the_holder_and_the_running_one_goes_on() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        BackupReport first = await host.BackupAsync();
        List<OperationRefusedException> refusals = [];
        owner.On(OwnerCallKind.GetBackupDataSection, async (_, _) =>
        {
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() =>
                host.RestoreAsync(r => r with { Set = first.Set! })));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.RegisterAsync("new")));
        });

        BackupReport report = await host.BackupAsync(r => r with { Holder = "the nightly backup" });

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(2, refusals.Count);
        Assert.All(refusals, r => Assert.Equal((ErrorCode.InUse, true),
            (r.Code, r.Holder == "the nightly backup" && r.Message.Contains("the nightly backup", StringComparison.Ordinal))));
    });

    [Fact]
    public void A_client_that_is_disposed_in_a_callback_can_be_followed_by_another_in_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, owner);
        bool dispose = true;
        owner.On(OwnerCallKind.GetBackupDataSection, async (_, _) => await (dispose ? client.DisposeAsync() : default));

        BackupReport first = await host.BackupAsync();
        dispose = false;
        client = await host.ConnectReadyAsync(sid, owner);
        BackupReport second = await host.BackupAsync();

        Assert.Equal((ErrorCode.ServerTerminated, OperationOutcome.Succeeded), (first.Of("one").Error, second.Outcome));
    });

    [Fact]
    public async Task An_owner_whose_scheduler_is_disposed_fails_alone()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = await BackupEngine.StartAsync(
            new BackupEngineOptions { Bus = store.Open(SecureId.Engine), AbortTimeout = TimeSpan.FromMilliseconds(50) }, TestContext.Current.CancellationToken);
        EventLoopScheduler scheduler = new();
        using ScriptedDataOwner owner = new("one", null);
        SecureId sid = new(7);
        await engine.RegisterAsync(new DataOwnerRegistration("one", sid));
        await using Repository.BackupRepository repository = await Repository.BackupRepository.CreateAsync(
            new Testing.Storage.TearingStorage(), new Repository.RepositoryOptions(), TestContext.Current.CancellationToken);
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            engine.Transport, sid, owner, new ActiveBackupClientOptions { Scheduler = scheduler }, TestContext.Current.CancellationToken);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, TestContext.Current.CancellationToken);
        scheduler.Dispose();

        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, TestContext.Current.CancellationToken);

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("one").Outcome, report.Of("one").Error));
        Assert.Equal(ErrorCode.Success, await client.Ended);
        Assert.Equal(DataOwnerStatus.NotConnected, (await engine.OwnersAsync(TestContext.Current.CancellationToken))[0].Status);
    }

    private static Task<T> RunOnAsync<T>(IScheduler scheduler, Func<T> call)
    {
        TaskCompletionSource<T> done = new();
        scheduler.Schedule(() => done.SetResult(call()));
        return done.Task;
    }

    [Fact]
    public void A_session_that_closes_between_its_termination_and_the_call_that_follows_keeps_nothing_waiting() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("bad");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        IEngineSession? session = await host.AcceptAsync(sid, TestChannel.Obedient);
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        await host.BackupAsync();
        good.Fail(OwnerCallKind.PrepareRestore, ErrorCode.DiskFull);
        bool terminated = false;
        Task closed = Task.CompletedTask;
        session = await host.AcceptAsync(sid, (call, cancel) =>
        {
            switch (call.Kind)
            {
                case OwnerCallKind.Begin:
                    return new(new OwnerCallResult { Features = OwnerFeatures.RestorePrepare });
                case OwnerCallKind.Recover when terminated:
                    return new(new TaskCompletionSource<OwnerCallResult>().Task);
                case OwnerCallKind.Recover:
                    return new(new OwnerCallResult { Remarks = OwnerRemarks.Nothing });
                case OwnerCallKind.PrepareRestore:
                    return new(new OwnerCallResult { Token = new byte[] { 1 } });
                case OwnerCallKind.TerminateMultiStageOperation:
                    terminated = true;
                    closed = session!.DisposeAsync().AsTask();
                    return default;
                default:
                    return TestChannel.Obedient(call, cancel);
            }
        });
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        RestoreReport report = await host.RestoreAsync();

        await closed;
        Assert.Equal((true, OperationOutcome.Failed), (terminated, report.Outcome));
        host.AssertNormal();
    });

    [Fact]
    public void A_termination_that_waits_for_a_hung_call_does_not_reach_the_owners_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        TaskCompletionSource hung = new();
        int calls = 0;
        bool second = false;
        List<bool> terminated = [];
        one.On(OwnerCallKind.GetBackupDataSection, async (_, _) => await (++calls == 1 ? hung.Task : Task.CompletedTask));
        one.On(OwnerCallKind.TerminateMultiStageOperation, (_, _) =>
        {
            terminated.Add(second);
            return default;
        });
        await host.ConnectReadyAsync(sid, one);
        BackupReport first = await host.BackupAsync();

        Task<ActiveBackupClient> connecting = host.ConnectReadyAsync(sid, one);
        bool waits = !connecting.IsCompleted;
        hung.SetResult();
        await connecting;
        second = true;
        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.TimedOut, true, OperationOutcome.Succeeded), (first.Of("one").Error, waits, report.Outcome));
        Assert.Equal([false], terminated);
    });
}
