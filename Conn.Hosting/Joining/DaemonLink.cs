using Conn.ActiveBackup.Calls;
using Conn.Hosting.Telemetry;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Joining;

/// <summary>Keeps a program connected to its daemon: connects, relays the mode of the daemon until the connection is lost, and connects again.</summary>
/// <param name="daemon">Where the daemon is.</param>
/// <param name="owners">The owners of the program. The daemon must allow each of them, or none takes part.</param>
/// <param name="relay">Receives each mode of the daemon, and Unset when the daemon is lost. Never at the same time.</param>
/// <param name="clock">Measures the pauses between attempts.</param>
/// <param name="log">Receives one message for each change of the state.</param>
internal sealed class DaemonLink(
    IpcClientOptions daemon, IReadOnlyList<JoinedOwner> owners, Action<BurMode> relay, TimeProvider clock, ILogger log)
{
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A person must change something: the daemon's configuration, or the version of one of the two.
    private static readonly ErrorCode[] Refusals = [ErrorCode.PermissionDenied, ErrorCode.AccessDenied, ErrorCode.NotSupported];

    private volatile Standing _standing = new(DaemonState.Away, "It was not tried yet.");
    private DaemonState _logged; // touched by one thread at a time

    /// <summary>Gets how the program stands with the daemon, and the sentence for it. Any thread.</summary>
    public (DaemonState State, string Reason) Now => (_standing.State, _standing.Reason);

    /// <summary>Keeps connected until it is stopped. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan pause = ShortestPause;
        try
        {
            while (true)
            {
                Exception reason;
                try
                {
                    await FollowAsync(stop);
                    reason = new ConnException(ErrorCode.ServerTerminated, "The connection to the daemon was lost.");
                }
#pragma warning disable CA1031 // Whatever an attempt failed with, the next one may succeed; the reason is logged and reported by the health check.
                catch (Exception e) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    reason = e;
                }

                pause = PauseAfter(reason, pause);
                await Task.Delay(pause, clock, stop);
                pause *= 2;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _standing = new Standing(DaemonState.Off, "The host has stopped.");
        }
    }

    /// <summary>Says why there is no connection, and how long the next attempt waits.</summary>
    private TimeSpan PauseAfter(Exception reason, TimeSpan pause)
    {
        bool wasConnected = _standing.State == DaemonState.Connected;
        if (reason is ConnException refusal && Refusals.Contains(refusal.Code))
        {
            Move(DaemonState.Refused, reason);
            return LongestPause;
        }

        Move(DaemonState.Away, reason);
        return wasConnected ? ShortestPause : pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Connects, and relays the mode until the connection is lost.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        // Whoever is refused after a loss is told why, and the mode of another daemon is one of its own: each connection is made here.
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(daemon with { ReconnectFor = TimeSpan.Zero }, stop);
        IPropertyClient[] clients = new IPropertyClient[owners.Count];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = await OpenAsync(store, owners[i], stop);
        }

        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<IAsyncDisposable> offers = [];
        try
        {
            await OfferAsync(offers, stop);
            using IDisposable modes = clients[0].ObserveBurMode().Subscribe(Relay, e => lost.TrySetException(e), () => lost.TrySetResult());
            await lost.Task.WaitAsync(stop);
        }
        finally
        {
            relay(BurMode.Unset);
            foreach (IAsyncDisposable offer in offers)
            {
                await offer.DisposeAsync();
            }
        }
    }

    /// <summary>Lets the daemon ask the owners before it begins an operation.</summary>
    private async Task OfferAsync(List<IAsyncDisposable> offers, CancellationToken stop)
    {
        IpcOwnerTransport transport = new(daemon);
        foreach (JoinedOwner owner in owners)
        {
            if (owner.Planner is { } planner)
            {
                await OfferAsync(transport, owner, planner, offers, stop);
            }
        }
    }

    /// <summary>The daemon that does not know an owner says so here. The other owners take part all the same.</summary>
    private async Task OfferAsync(IpcOwnerTransport transport, JoinedOwner owner, IOwnerChannel planner, List<IAsyncDisposable> offers, CancellationToken stop)
    {
        string? before = owner.Refusal;
        try
        {
            offers.Add(await transport.OfferPlannerAsync(owner.Sid, owner.Name, planner, owner.Stated, stop));
            owner.Refusal = null;
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotFound)
        {
            owner.Refusal = e.Message;
            if (before is null)
            {
                Messages.OwnerUnknown(log, owner.Name, e.Message);
            }
        }
    }

    private static async Task<IPropertyClient> OpenAsync(IpcPropertyStore store, JoinedOwner owner, CancellationToken stop)
    {
        try
        {
            return await store.OpenAsync(store.MintIdentity(owner.Sid, CapabilitySet.Empty), stop);
        }
        catch (ConnException e) when (e.Code == ErrorCode.PermissionDenied)
        {
            throw new ConnException(e.Code, $"The daemon does not allow owner {owner.Name}: {e.Message}", e);
        }
    }

    private void Relay(BurMode mode)
    {
        relay(mode);
        if (_standing.State != DaemonState.Connected)
        {
            _standing = new Standing(DaemonState.Connected, "The daemon is connected.");
            _logged = DaemonState.Connected;
            Messages.DaemonConnected(log, owners.Count(static o => o.Refusal is null));
        }
    }

    private void Move(DaemonState state, Exception reason)
    {
        bool isNew = _logged != state;
        _logged = state;
        _standing = new Standing(state, reason.Message);
        if (isNew && state == DaemonState.Refused)
        {
            Messages.DaemonRefuses(log, reason.Message);
        }
        else if (isNew)
        {
            Messages.DaemonAway(log, reason.Message, reason is ConnException ? null : reason);
        }
    }

    private sealed record Standing(DaemonState State, string Reason);
}
