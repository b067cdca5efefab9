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

/// <summary>Who comes to the engine, looks at it or sends it away at the wrong moment.</summary>
public sealed class EngineDoorTests
{
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
}
