using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner's connection: when it comes, what it can ask, where it is called, and how it goes.</summary>
public sealed class SessionTests
{
    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(10)]
    public void An_owner_may_connect_before_the_mode_with_it_or_well_after_it(int seconds) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        Task<BackupReport>? running = seconds < 0 ? null : host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(Math.Max(0, seconds)));

        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("one"), CancellationToken.None);
        running ??= host.BackupAsync();
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);

        Assert.Equal(OperationOutcome.Succeeded, (await running).Outcome);
    });

    [Fact]
    public void An_owner_that_connects_after_the_operation_is_asked_for_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("late");
        using ScriptedDataOwner owner = host.Owner("late");
        await host.BackupAsync();

        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("late"), CancellationToken.None);
        BurModeInfo info = await client.BurModeInfoAsync(CancellationToken.None);

        Assert.Equal((BurMode.Normal, DriveList.Empty), (info.Mode, info.Drives));
        Assert.False(await client.DoesPartialBurAffectMeAsync(CancellationToken.None));
        Assert.Empty(host.Trace.Of("late"));
    });

    [Fact]
    public void Mode_drives_and_being_affected_can_be_asked_and_readiness_confirmed_inside_a_callback() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        SecureId other = await host.RegisterAsync("other", r => r with { Drives = DriveList.Of(DriveNumber.FromLetter('E')) });
        using ScriptedDataOwner owner = host.Owner("one");
        await using ActiveBackupClient quiet = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, other, host.ClientOptions("other"), CancellationToken.None);
        await quiet.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("one"), CancellationToken.None);
        List<BurModeInfo> infos = [];
        List<bool> affected = [];
        owner.On(CallbackKind.AllSnapshotsSupplied, async (_, t) =>
        {
            infos.Add(await client.BurModeInfoAsync(t));
            affected.Add(await client.DoesPartialBurAffectMeAsync(t));
            await client.ConfirmReadyForBurAsync(ErrorCode.None, t);
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
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("unlisted"), CancellationToken.None);
        bool? affected = null;
        listed.On(CallbackKind.InitialiseGetBackupData, async (_, t) => affected = await client.DoesPartialBurAffectMeAsync(t));

        await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Owners = [new SecureId(0x30000001)] }, CancellationToken.None);

        Assert.False(affected);
    });

    [Fact]
    public void A_client_connects_to_no_engine_that_has_stopped() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        await host.Engine.DisposeAsync();

        ConnException refused = await Assert.ThrowsAsync<ConnException>(async () =>
            await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), CancellationToken.None));

        Assert.Equal(ErrorCode.NotSupported, refused.Code);
        Assert.Equal(BurMode.Unset, host.Modes[^1]);
    });

    [Fact]
    public async Task Callbacks_run_on_the_owners_own_thread_and_one_at_a_time()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = new(new BackupEngineOptions { Bus = store.Open(store.MintIdentity(SecureId.Engine)) });
        using EventLoopScheduler scheduler = new();
        using ScriptedDataOwner owner = new("one", null);
        owner.Set("some data");
        int thread = await RunOnAsync(scheduler, () => Environment.CurrentManagedThreadId);
        List<int> threads = [];
        foreach (CallbackKind kind in Enum.GetValues<CallbackKind>())
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
        await client.ConfirmReadyForBurAsync(ErrorCode.None, TestContext.Current.CancellationToken);

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
    public void An_owner_that_goes_away_between_callbacks_ends_its_part_and_no_other(OperationPhase phase) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("goes");
        using ScriptedDataOwner stays = await host.AddOwnerAsync("stays");
        using ScriptedDataOwner goes = host.Owner("goes");
        goes.MaxSectionBytes = 3;
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, goes, host.ClientOptions("goes"), CancellationToken.None);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
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
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(1), $"a dead owner was waited for: {time.Elapsed}");
        host.IsNormal();
    });

    [Fact]
    public void An_operation_asked_for_inside_a_callback_is_refused_with_the_holder_and_disturbs_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        BackupReport first = await host.BackupAsync();
        List<OperationRefusedException> refusals = [];
        owner.On(CallbackKind.GetBackupDataSection, async (_, _) =>
        {
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() =>
                host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = first.Set! }, CancellationToken.None)));
            refusals.Add(await Assert.ThrowsAsync<OperationRefusedException>(() => host.RegisterAsync("new")));
        });

        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Holder = "the nightly backup" }, CancellationToken.None);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(2, refusals.Count);
        Assert.All(refusals, r => Assert.Equal((ErrorCode.InUse, true), (r.Code, r.Message.Contains("the nightly backup", StringComparison.Ordinal))));
    });

    [Fact]
    public void A_client_disposed_inside_a_callback_may_be_followed_by_a_new_one_in_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient client = await ConnectAsync();
        bool dispose = true;
        owner.On(CallbackKind.GetBackupDataSection, async (_, _) => await (dispose ? client.DisposeAsync() : default));

        BackupReport first = await host.BackupAsync();
        dispose = false;
        client = await ConnectAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((ErrorCode.ServerTerminated, OperationOutcome.Succeeded), (first.Of("one").Error, second.Outcome));

        async Task<ActiveBackupClient> ConnectAsync()
        {
            ActiveBackupClient connected = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("one"), CancellationToken.None);
            await connected.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
            return connected;
        }
    });

    [Fact]
    public async Task An_owner_whose_scheduler_is_gone_fails_alone_and_keeps_nobody_from_normal()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = new(new BackupEngineOptions { Bus = store.Open(store.MintIdentity(SecureId.Engine)), AbortTimeout = TimeSpan.FromMilliseconds(50) });
        EventLoopScheduler scheduler = new();
        using ScriptedDataOwner owner = new("one", null);
        SecureId sid = new(7);
        await engine.RegisterAsync(new DataOwnerRegistration("one", sid));
        await using Repository.BackupRepository repository = await Repository.BackupRepository.CreateAsync(
            new Testing.Storage.TearingStorage(), new Repository.RepositoryOptions(), TestContext.Current.CancellationToken);
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            engine.Transport, sid, owner, new ActiveBackupClientOptions { Scheduler = scheduler }, TestContext.Current.CancellationToken);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, TestContext.Current.CancellationToken);
        scheduler.Dispose();

        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, TestContext.Current.CancellationToken);

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("one").Outcome, report.Of("one").Error));
        Assert.Equal(ErrorCode.None, await client.Ended);
        Assert.Equal(DataOwnerStatus.NotConnected, (await engine.OwnersAsync(TestContext.Current.CancellationToken))[0].Status);
    }

    private static Task<T> RunOnAsync<T>(IScheduler scheduler, Func<T> call)
    {
        TaskCompletionSource<T> done = new();
        scheduler.Schedule(() => done.SetResult(call()));
        return done.Task;
    }
}
