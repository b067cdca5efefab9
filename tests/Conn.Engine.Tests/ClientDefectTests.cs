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

/// <summary>What a client, a participant and the engine's door do when somebody gives up, throws or falls silent at the wrong moment.</summary>
public sealed class ClientDefectTests
{
    private static readonly SecureId One = new(0x30000001);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_participant_can_be_disposed_while_it_tells_the_engine_of_its_failure(bool handlerThrows) => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(mode);
        SilentEngine engine = new() { Confirming = t => new ValueTask(time.DelayAsync(TimeSpan.FromHours(20), t)) };
        int told = 0;
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(One)), engine.Transport, One, null, new DataOwnerParticipantOptions
        {
            Client = Options(time),
            PrepareAsync = (_, _, _) => throw new InvalidOperationException("cannot prepare"),
            OnError = _ =>
            {
                told++;
                if (handlerThrows)
                {
                    throw new FormatException("cannot tell");
                }
            },
        });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(1, told);
        Assert.Equal([ErrorCode.General], engine.Told);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(2));
    });

    [Fact]
    public void A_participant_whose_error_handler_throws_takes_part_in_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.RegisterAsync("one");
        int prepared = 0;
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one"),
            PrepareAsync = (_, _, _) => prepared++ > 0 ? new(ErrorCode.None) : throw new ConnException(ErrorCode.DiskFull, "no room"),
            OnError = _ => throw new FormatException("cannot tell"),
        });

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.DiskFull), (first.Of("one").Outcome, first.Of("one").Error));
        Assert.Equal(OperationOutcome.Succeeded, second.Outcome);
        Assert.Equal(1, participant.ErrorHandlerFailures);
        Assert.IsType<FormatException>(participant.LastErrorHandlerFailure);
    });

    [Fact]
    public void A_participant_hears_of_a_session_that_fails_and_still_ends() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(mode);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the wire broke") };
        List<Exception> heard = [];
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(One)), engine.Transport, One, null,
            new DataOwnerParticipantOptions { Client = Options(time), OnError = heard.Add });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(["the wire broke", "the wire broke"], heard.Select(e => e.Message));
    });

    [Fact]
    public void A_participant_ends_although_what_its_preparation_registered_throws() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.RegisterAsync("one", r => r with { Policy = OwnerPolicy.BestEffort });
        List<Exception> heard = [];
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one"),
            OnError = heard.Add,
            PrepareAsync = async (_, _, t) =>
            {
                t.Register(() => throw new FormatException("cannot stop"));
                await time.DelayAsync(TimeSpan.FromSeconds(10), t);
                return ErrorCode.None;
            },
        });
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.IsType<FormatException>(Assert.IsType<AggregateException>(Assert.Single(heard)).GetBaseException());
        Assert.Equal(OwnerOutcome.Failed, (await running).Of("one").Outcome);
        await using ActiveBackupClient next = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), HostFixture.Never);
    });

    [Fact]
    public void A_connection_that_was_given_up_before_its_turn_is_not_made() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using CancellationTokenSource giveUp = new();
        Watcher watcher = new(() => { });

        ValueTask<IEngineSession> accepting = host.Engine.AcceptAsync(sid, watcher, giveUp.Token);
        giveUp.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await accepting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ActiveBackupClient.ConnectAsync(
            host.Engine.Transport, sid, host.ClientOptions("one"), new CancellationToken(true)));
        Assert.Equal(DataOwnerStatus.NotConnected, (await host.Engine.OwnersAsync(HostFixture.Never))[0].Status);
        Assert.Equal(0, watcher.Asked);
        await using ActiveBackupClient next = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), HostFixture.Never);
    });

    [Fact]
    public void A_connection_that_was_given_up_while_it_was_made_is_closed() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using CancellationTokenSource giveUp = new();
        Watcher watcher = new(giveUp.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await host.Engine.AcceptAsync(sid, watcher, giveUp.Token));

        Assert.NotEqual(0, watcher.Asked);
        Assert.Equal(DataOwnerStatus.NotConnected, (await host.Engine.OwnersAsync(HostFixture.Never))[0].Status);
        await using ActiveBackupClient next = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), HostFixture.Never);
    });

    [Fact]
    public void An_observer_of_progress_that_throws_is_dropped_and_the_others_hear_everything() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        int thrown = 0;
        List<OperationProgress> heard = [];
        IDisposable first = host.Engine.Progress.Subscribe(_ =>
        {
            thrown++;
            throw new InvalidOperationException("cannot draw");
        });
        IDisposable second = host.Engine.Progress.Subscribe(heard.Add);

        await host.BackupAsync();
        second.Dispose();
        first.Dispose();
        int before = heard.Count;
        await host.BackupAsync();

        Assert.Equal((1, 1), (thrown, host.Engine.ProgressObserverFailures));
        Assert.Equal(before, heard.Count);
        Assert.Equal(host.Steps.Take(before), heard);
        Assert.Equal(OperationPhase.Normal, heard[^1].Phase);
    });

    [Fact]
    public void An_observer_that_another_one_disposes_meanwhile_is_told_nothing_more() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        IDisposable? second = null;
        int heard = 0;
        using IDisposable first = host.Engine.Progress.Subscribe(_ => second!.Dispose());
        second = host.Engine.Progress.Subscribe(_ => heard++);

        await host.BackupAsync();

        Assert.Equal(0, heard);
    });

    [Fact]
    public void An_engine_that_refuses_to_stop_still_takes_connections_and_one_that_stopped_takes_none() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        SecureId late = await host.RegisterAsync("late", r => r with { Policy = OwnerPolicy.BestEffort });
        OperationRefusedException? refused = null;
        ActiveBackupClient? client = null;
        owner.On(CallbackKind.AllSnapshotsSupplied, async (_, t) =>
        {
            refused = await Assert.ThrowsAsync<OperationRefusedException>(async () => await host.Engine.DisposeAsync());
            client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, late, host.ClientOptions("late"), t);
            await client.ConfirmReadyForBurAsync(ErrorCode.None, t);
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationRefusal.InUse, refused!.Refusal);
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("one").Outcome);
        await client!.DisposeAsync();
        ValueTask stopping = host.Engine.DisposeAsync();
        ConnException stopped = await Assert.ThrowsAsync<ConnException>(async () => await host.Engine.AcceptAsync(late, new Watcher(() => { }), HostFixture.Never));
        Assert.Equal(ErrorCode.NotSupported, stopped.Code);
        await stopping;
    });

    [Fact]
    public void The_engine_is_told_of_an_expired_lease_although_the_owner_could_not_let_go() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        owner.On(CallbackKind.TerminateMultiStageOperation, (_, _) => throw new InvalidOperationException("cannot let go"));
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, One, owner, Options(time), HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
        Assert.Equal([ErrorCode.LeaseExpired], engine.Told);
    });

    [Fact]
    public void The_engine_is_told_of_an_expired_lease_although_the_owner_hangs() => VirtualTime.Run(async time =>
    {
        using ScriptedDataOwner owner = new("one", new CallbackTrace(time));
        owner.Hang(CallbackKind.TerminateMultiStageOperation);
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, One, owner, Options(time), HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([ErrorCode.LeaseExpired], engine.Told);
    });

    [Fact]
    public void An_owner_is_freed_although_the_engine_it_tells_is_broken() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the wire broke") };
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, One, owner, Options(time), HostFixture.Never);

        await client.Ended;
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
    });

    [Fact]
    public void A_callback_that_waits_for_its_token_is_cancelled_when_the_lease_expires() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        bool cancelled = false;
        owner.On(CallbackKind.AllSnapshotsSupplied, async (_, t) =>
        {
            t.Register(() => throw new FormatException("cannot stop"));
            t.Register(() => cancelled = true);
            await time.DelayAsync(TimeSpan.FromHours(20), t);
        });
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, One, owner, Options(time), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        IOwnerEndpoint endpoint = engine.Endpoint!;
        endpoint.BeginOperation(new BurModeInfo(DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base)));
        ValueTask running = endpoint.Callbacks!.AllSnapshotsSuppliedAsync(HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.True(cancelled);
        Assert.Equal(ErrorCode.Cancel, (await Assert.ThrowsAsync<ConnException>(async () => await running)).Code);
        Assert.Equal("TerminateMultiStageOperation", trace.Of("one")[^1]);
        Assert.Equal([ErrorCode.None, ErrorCode.LeaseExpired], engine.Told);
    });

    [Fact]
    public void While_the_mode_is_normal_there_are_no_drives() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        List<BurModeInfo> infos = [];
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => infos.Add(host.Engine.ModeInfo));

        await host.BackupAsync();

        Assert.Contains(infos, i => i.Mode == BurMode.Normal);
        Assert.Contains(infos, i => i.Mode.IsBackup);
        Assert.All(infos, i => Assert.Equal(i.Mode.IsIdle, i.Drives == DriveList.Empty));
    });

    private static ActiveBackupClientOptions Options(VirtualTime time) => new() { Scheduler = time.Scheduler, TimeProvider = time.Clock, Name = "one" };

    /// <summary>An endpoint that does something when the engine looks at it.</summary>
    private sealed class Watcher(Action act) : IOwnerEndpoint
    {
        public int Asked { get; private set; }

        public IActiveBackupDataClient? Callbacks
        {
            get
            {
                Asked++;
                act();
                return null;
            }
        }

        public TimeSpan Lease => TimeSpan.FromSeconds(90);

        public void RenewLease()
        {
        }

        public void BeginOperation(BurModeInfo mode)
        {
        }

        public void EndSession(ErrorCode reason)
        {
        }
    }

    /// <summary>Takes every connection and never says anything; keeps what it is told.</summary>
    private sealed class SilentEngine : IOwnerGateway, IEngineSession
    {
        public SilentEngine() => Transport.Attach(this);

        public InProcessTransport Transport { get; } = new();

        public Func<CancellationToken, ValueTask> Confirming { get; init; } = _ => default;

        public List<ErrorCode> Told { get; } = [];

        public IOwnerEndpoint? Endpoint { get; private set; }

        public ValueTask<IEngineSession> AcceptAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken)
        {
            Endpoint = endpoint;
            return new(this);
        }

        public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(new BurModeInfo(DriveList.Empty, BurMode.Normal));

        public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
        {
            Told.Add(code);
            return Confirming(cancellationToken);
        }

        public void ReportProgress()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
