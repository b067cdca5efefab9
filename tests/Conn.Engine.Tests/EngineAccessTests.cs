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

/// <summary>Connections, observers and stops that come at the wrong moment.</summary>
public sealed class EngineAccessTests
{
    [Fact]
    public void A_connection_that_is_cancelled_before_the_engine_looks_at_it_is_not_made() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using CancellationTokenSource giveUp = new();
        int uses = 0;
        OwnerConnection connection = new(sid, new TestChannel((_, _) => Used(), async () => await Used()));

        ValueTask<IEngineSession> accepting = host.Engine.AcceptAsync(connection, giveUp.Token);
        giveUp.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await accepting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ActiveBackupClient.ConnectAsync(
            host.Engine.Transport, sid, null, host.ClientOptions("one"), new CancellationToken(true)));
        Assert.Equal(DataOwnerStatus.NotConnected, (await host.Engine.OwnersAsync(HostFixture.Never))[0].Status);
        Assert.Equal(0, uses);
        await using ActiveBackupClient next = await host.ConnectAsync(sid, null);

        ValueTask<OwnerCallResult> Used()
        {
            uses++;
            return default;
        }
    });

    [Fact]
    public void A_connection_that_is_cancelled_while_it_is_made_is_closed() => VirtualTime.Run(async time =>
    {
        HookedClock clock = new(time.Clock);
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { TimeProvider = clock });
        SecureId sid = await host.RegisterAsync("one");
        using CancellationTokenSource giveUp = new();
        TaskCompletionSource closed = new();
        // The engine starts to renew leases in the middle of accepting the first connection.
        clock.Changing = _ => giveUp.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await host.Engine.AcceptAsync(new OwnerConnection(sid, new TestChannel((_, _) => default, () =>
        {
            closed.SetResult();
            return default;
        })), giveUp.Token));

        await closed.Task;
        clock.Changing = null;
        Assert.Equal(DataOwnerStatus.NotConnected, (await host.Engine.OwnersAsync(HostFixture.Never))[0].Status);
        await using ActiveBackupClient next = await host.ConnectAsync(sid, null);
    });

    [Fact]
    public void An_observer_of_progress_that_throws_is_removed_and_the_others_are_notified_of_everything() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        int thrown = 0;
        List<OperationProgress> observed = [];
        IDisposable first = host.Engine.Progress.Subscribe(_ =>
        {
            thrown++;
            throw new InvalidOperationException("cannot draw");
        });
        IDisposable second = host.Engine.Progress.Subscribe(observed.Add);

        await host.BackupAsync();
        second.Dispose();
        first.Dispose();
        int before = observed.Count;
        await host.BackupAsync();

        Assert.Equal((1, 1), (thrown, host.Engine.Faults));
        Assert.Equal(before, observed.Count);
        Assert.Equal(host.Steps.Take(before), observed);
        Assert.Equal(OperationPhase.Normal, observed[^1].Phase);
    });

    [Fact]
    public void An_observer_that_another_one_disposes_is_notified_of_nothing_more() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        IDisposable? second = null;
        int observed = 0;
        using IDisposable first = host.Engine.Progress.Subscribe(_ => second!.Dispose());
        second = host.Engine.Progress.Subscribe(_ => observed++);

        await host.BackupAsync();

        Assert.Equal(0, observed);
    });

    [Fact]
    public void An_engine_that_has_stopped_accepts_no_connections() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId late = await host.RegisterAsync("late");
        ValueTask stopping = host.Engine.DisposeAsync();
        ConnException stopped = await Assert.ThrowsAsync<ConnException>(
            async () => await host.Engine.AcceptAsync(new OwnerConnection(late, new TestChannel((_, _) => default)), HostFixture.Never));
        Assert.Equal(ErrorCode.NotSupported, stopped.Code);
        await stopping;
    });

    [Fact]
    public void While_the_mode_is_normal_there_are_no_drives() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        SecureId sid = await host.RegisterAsync("watcher");
        List<BurModeInfo> infos = [];
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, null);
        infos.Add(await client.BurModeInfoAsync(HostFixture.Never));
        List<Task> asked = [];
        using IDisposable watch = host.Engine.Progress.Subscribe(p => asked.Add(p.Phase == OperationPhase.Normal ? Task.CompletedTask : AskAsync(client)));

        await host.BackupAsync();
        await Task.WhenAll(asked);
        await AskAsync(await host.ConnectReadyAsync(sid, null));

        Assert.Equal((true, true), (infos[0].Mode == BurMode.Normal, infos[^1].Mode == BurMode.Normal));
        Assert.Contains(infos, i => i.Mode.IsBackup);
        Assert.All(infos, i => Assert.Equal(i.Mode.IsIdle, i.Drives == DriveList.Empty));

        async Task AskAsync(ActiveBackupClient from)
        {
            try
            {
                infos.Add(await from.BurModeInfoAsync(HostFixture.Never));
            }
            catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
            {
                // The operation, and with it the session, ended before the engine answered.
            }
        }
    });
}
