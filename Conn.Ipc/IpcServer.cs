using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Conn.Ipc;

/// <summary>Serves the state bus and the engine of this process to other processes of the machine, over a Unix domain socket.</summary>
/// <remarks>Whatever a peer sends or does not read ends its own connection only. Any thread.</remarks>
public sealed class IpcServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, OwnerServing> _waiting = [];
    private readonly ConcurrentDictionary<Task, Stream> _connections = [];
    private readonly ConcurrentDictionary<BusSession, bool> _buses = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly IpcServerOptions _options;
    private readonly SocketFile _socket;
    private readonly ServerDoor _door;
    private readonly RefusedOwners _refused;
    private readonly Task _accepting;
    private int _disposed;

    private IpcServer(IpcServerOptions options, SocketFile socket)
    {
        _options = options;
        _socket = socket;
        _refused = new RefusedOwners(Log);
        _door = new ServerDoor(options, _waiting, _stopping.Token);

        // Not in the context of the caller, which may be blocked or slow.
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Gets the path of the socket.</summary>
    public string SocketPath => _socket.Path;

    /// <summary>Gets the number of connections.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Lists the clients of the bus.</summary>
    /// <returns>One for each identity that a connection has opened.</returns>
    public IReadOnlyList<IpcClientInfo> ListClients() => [.. _buses.Keys.SelectMany(static b => b.Clients)];

    /// <summary>Lists the data owners that programs offer and that take part in nothing: their id is not registered with the engine, or their user may not be them.</summary>
    /// <returns>The last 64, as far as their programs are still clients of the bus.</returns>
    public IReadOnlyList<IpcRefusedOwner> ListRefusedOwners()
    {
        HashSet<IpcPeer> there = [.. _buses.Keys.Select(static b => b.Process)];
        return [.. _refused.All.Where(r => there.Contains(r.Peer))];
    }

    /// <summary>The connections, each a task that completes when it is over.</summary>
    internal ICollection<Task> Connections => _connections.Keys;

    /// <summary>Listens.</summary>
    /// <param name="options">What is served, where, and to whom.</param>
    /// <returns>The server; the caller disposes it.</returns>
    /// <exception cref="ConnException">InUse: another server listens there. AccessDenied: the folder is another user's, or others may write into it. Argument: the path is
    /// too long. NotSupported: the system has no such sockets.</exception>
    public static IpcServer Start(IpcServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new IpcServer(options, SocketFile.Listen(options.SocketPath ?? IpcSocketPath.Find(), options.SocketGroup));
    }

    /// <summary>Closes the socket and every connection. What clients did not close is closed for them.</summary>
    /// <returns>Completes when every connection is over; or after <see cref="IpcServerOptions.WriteTimeout"/>, if an observer of this process keeps the thread of one.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        foreach (Stream stream in _connections.Values)
        {
            await stream.DisposeAsync();
        }

        try
        {
            await Task.WhenAll(_connections.Keys).WaitAsync(_options.WriteTimeout, _options.TimeProvider);
        }
        catch (TimeoutException)
        {
            Log($"{ConnectionCount} connections did not end in {_options.WriteTimeout.TotalSeconds:0.#} s: an observer of this process has not returned.");
        }

        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        await Task.WhenAny(_options.ServeAfter, Task.Delay(Timeout.InfiniteTimeSpan, _options.TimeProvider, _stopping.Token));
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _socket.Listener.AcceptAsync(_stopping.Token);
                ConnectionStream stream = new(socket);
                if (_connections.Count >= _options.MaxConnections)
                {
                    Log($"A connection was refused: there are {_options.MaxConnections} already.");
                    await stream.DisposeAsync();
                    continue;
                }

                TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[over.Task] = stream;
                _ = ServeAsync(socket, stream, over);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Too many descriptors, as a rule: the next one may succeed when a connection has ended.
                Log($"A connection was not accepted: {(e as SocketException)?.SocketErrorCode.ToString() ?? e.Message}.");
                await PauseAsync();
            }
        }
    }

    private async Task PauseAsync()
    {
        Task[] connections = [Task.Delay(AcceptPause, _options.TimeProvider, _stopping.Token), .. _connections.Keys];
        await Task.WhenAny(connections);
    }

    private async Task ServeAsync(Socket socket, ConnectionStream stream, TaskCompletionSource over)
    {
        // The thread that accepts goes on.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool kept = false;
        try
        {
            IpcPeer peer = PeerCredentials.Read(socket);
            kept = await ServeAsync(peer, stream);
        }
        catch (ConnException e)
        {
            Log(e.Message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The peer went away.
        }
#pragma warning disable CA1031 // The engine, or a store, may throw anything; it ends this connection, and nothing else.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log($"A connection ended with an error of the server: {e.Message}");
        }
        finally
        {
            if (!kept)
            {
                await stream.DisposeAsync();
            }

            _connections.TryRemove(over.Task, out _);
            over.SetResult();
        }
    }

    /// <summary>Serves a connection until it is over.</summary>
    /// <returns>True when the stream belongs to an owner session from now on.</returns>
    private async Task<bool> ServeAsync(IpcPeer peer, ConnectionStream stream)
    {
        (Purpose purpose, byte[] token, UserShare share) = await _door.GreetAsync(peer, stream);
        stream.BeginServing(purpose);
        if (purpose == Purpose.Sections)
        {
            await _door.AdoptAsync(peer, stream, token);
            return true;
        }

        await _door.TakeAsync(share, stream);
        try
        {
            await _door.AcceptAsync(stream);
            GuardedStream guarded = new(stream, _options.MaxMessageBytes, _options.WriteTimeout, _options.TimeProvider);
            using WireRpc rpc = WireRpc.OfServer(guarded);
            try
            {
                await (purpose switch
                {
                    Purpose.Bus => ServeBusAsync(rpc, share),
                    Purpose.Owner => ServeOwnerAsync(rpc, share),
                    Purpose.Plans => ServePlansAsync(rpc, share),
                    _ => ServeRequestsAsync(rpc, share),
                });
            }
            finally
            {
                if ((guarded.Fault ?? rpc.Fault) is { } fault)
                {
                    Log($"{peer} was disconnected: {fault}.");
                }
            }
        }
        finally
        {
            share.GiveBack(Share.Connections);
        }

        return false;
    }

    private async Task ServeBusAsync(WireRpc rpc, UserShare share)
    {
        using BusSession session = new(_options.Store!, share, _refused);
        _buses[session] = true;
        rpc.Serve<IBusServer>(session);
        session.Peer = rpc.Library.Attach<IBusClient>();
        rpc.Quick.Target = session;

        // Quick calls are carried out when they are read: what was read before them must not be later.
        rpc.SynchronizationContext = InlineContext.Instance;
        session.Source.Feed = new BusPushes(session.Source, rpc).Start;
        rpc.StartListening();
        await EndOf(rpc);
        _buses.TryRemove(session, out _);
    }

    private async Task ServeOwnerAsync(WireRpc rpc, UserShare share)
    {
        await using OwnerServing session = new(_options.Owners, _options.Planners, share, _waiting, _refused, _options.SharesMemory, _options.WriteTimeout, _options.TimeProvider)
        {
            End = rpc.End, Quick = rpc.Quick,
        };
        rpc.Serve<IOwnerServer>(session);
        session.Peer = rpc.Library.Attach<IOwnerClient>();
        rpc.StartListening();
        await EndOf(rpc);
    }

    private async Task ServePlansAsync(WireRpc rpc, UserShare share)
    {
        using PlanServing session = new(_options.Planners, _options.Owners, share, _refused, Log);
        rpc.Serve<IPlanServer>(session);
        session.Peer = rpc.Library.Attach<IOwnerClient>();
        session.Program = rpc.Library.Attach<IPlanClient>();
        rpc.StartListening();
        await EndOf(rpc);
    }

    private async Task ServeRequestsAsync(WireRpc rpc, UserShare share)
    {
        RequestServing session = new(_options.Requests!, share);
        rpc.Serve<IRequestServer>(session);
        session.Peer = rpc.Library.Attach<IRequestClient>();
        rpc.StartListening();
        await EndOf(rpc);
    }

    private static async Task EndOf(WireRpc rpc)
    {
        try
        {
            await rpc.Completion;
        }
#pragma warning disable CA1031 // Whatever a peer sends ends its connection, and nothing else.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void Log(string line)
    {
        try
        {
            _options.Log?.Invoke(line);
        }
#pragma warning disable CA1031 // A log that fails ends no connection.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
