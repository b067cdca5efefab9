using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>
/// The client's end of the bus, for as long as the store lives: makes calls, and waits until the replica has what they changed. Invariant: a call is sent once, by the
/// connection that is in use when it begins, and fails when that one is lost.
/// </summary>
internal sealed class BusConnection : IAsyncDisposable
{
    private readonly HashSet<Task> _pending = [];
    private readonly HashSet<IpcPropertyClient> _clients = [];
    private readonly IpcClientOptions _options;
    private readonly BusReconnection _reconnection;
    private int _lastClient;
    private int _disposed;

    private BusConnection(IpcClientOptions options)
    {
        _options = options;
        Holds = new BusHolds(this);
        Watches = new BusWatches(this);
        States = new ConnectionStates(options.Scheduler, options.ObserverFailed);
        _reconnection = new BusReconnection(this, options);
    }

    /// <summary>Guards what is said to be guarded by the connection's lock, and the private sets here.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The connection that is in use; null while there is none. Guarded by the lock.</summary>
    public BusLine? Current { get; private set; }

    public BusHolds Holds { get; }

    public BusWatches Watches { get; }

    public BusReplica Replica { get; private set; } = null!;

    /// <summary>The store behind the replica.</summary>
    public PropertyStore Mirror { get; private set; } = null!;

    public ConnectionStates States { get; }

    public bool IsLost
    {
        get
        {
            lock (Lock)
            {
                return Current is null or { IsLost: true };
            }
        }
    }

    public static async Task<BusConnection> OpenAsync(IpcClientOptions options, CancellationToken cancellationToken)
    {
        BusConnection connection = new(options);
        BusLine line = await BusLine.OpenAsync(options, connection, cancellationToken);
        connection.Mirror = new PropertyStore(new PropertyStoreOptions
        {
            Scheduler = options.Scheduler, ObserverFailed = options.ObserverFailed, EnforcePolicies = line.Store.EnforcesPolicies, MaxNames = int.MaxValue,
        });
        connection.Replica = new BusReplica(connection.Mirror);
        connection.Replica.Follow(line, line.Store.Revision);
        connection.TryUse(line);
        connection._reconnection.Watch(line);
        return connection;
    }

    /// <summary>Makes a call by the connection that is in use.</summary>
    /// <exception cref="ConnException">The server's refusal; ServerTerminated when there is no connection, or it is lost.</exception>
    public async Task<(T Answer, BusLine Line)> CallAsync<T>(Func<IBusServer, Task<T>> call)
    {
        BusLine line = Line();
        return (await line.CallAsync(call), line);
    }

    /// <summary>Makes a call that may change the store; completes when the replica has what it changed.</summary>
    /// <returns>The outcome, with revisions of this process.</returns>
    /// <exception cref="ConnException">As <see cref="CallAsync"/>.</exception>
    public async Task<WireOutcome> ChangeAsync(Func<BusLine, Task<WireOutcome>> call)
    {
        BusLine line = await JoinedAsync();
        return await ChangeAsync(line, call);
    }

    /// <summary>As <see cref="ChangeAsync(Func{BusLine, Task{WireOutcome}})"/>, by a connection that the caller has, before observations have begun.</summary>
    public async Task<WireOutcome> ChangeAsync(BusLine line, Func<BusLine, Task<WireOutcome>> call)
    {
        WireOutcome outcome = line.Read(await line.CallAsync(_ => call(line)));
        await Replica.ReachAsync(line, outcome.Mark, outcome.StoreRevision);
        return outcome;
    }

    /// <summary>Remembers an observation that has not begun at the server: later calls wait for it.</summary>
    public void Joins(Task joining)
    {
        lock (Lock)
        {
            _pending.Add(joining);
        }

        _ = joining.ContinueWith(
            done =>
            {
                lock (Lock)
                {
                    _pending.Remove(done);
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes when every observation has begun, or the connection is lost.</summary>
    /// <returns>The connection in use when it was called.</returns>
    /// <exception cref="ConnException">ServerTerminated: there is no connection.</exception>
    public async Task<BusLine> JoinedAsync()
    {
        BusLine line = Line();
        Task joined;
        lock (Lock)
        {
            if (_pending.Count == 0)
            {
                return line;
            }

            joined = Task.WhenAll(_pending);
        }

        await Task.WhenAny(joined, line.Completion);
        return line;
    }

    /// <summary>Returns a number for a client of this process. Below 0, so it is nobody's at the server.</summary>
    public int NextClient() => -Interlocked.Increment(ref _lastClient);

    /// <summary>Adds a client that a server has opened.</summary>
    /// <returns>False when that connection is not in use any more.</returns>
    public bool TryAdd(IpcPropertyClient client)
    {
        lock (Lock)
        {
            return client.Line == Current && _clients.Add(client);
        }
    }

    /// <summary>Removes a client, and closes it at the server; completes when the replica has what that changed.</summary>
    public async Task RemoveAsync(IpcPropertyClient client)
    {
        BusLine? line;
        int number;
        lock (Lock)
        {
            _clients.Remove(client);
            (line, number) = (client.Line, client.Number);
            if (line is { IsReady: false })
            {
                line.Deferred.Add(server => _ = CloseAsync(() => server.CloseAsync(number)));
                line = null;
            }
        }

        if (line is not null)
        {
            await ChangeAsync(line, l => l.Server.CloseAsync(number));
        }
    }

    /// <summary>Returns the clients that a server has not opened.</summary>
    public IpcPropertyClient[] ClientsNotAt(BusLine line)
    {
        lock (Lock)
        {
            return [.. _clients.Where(c => c.Line != line)];
        }
    }

    /// <summary>Uses a connection if its server knows everything that this process has.</summary>
    /// <returns>False when it does not, or the store was closed.</returns>
    public bool TryUse(BusLine line)
    {
        Action<IBusServer>[] deferred;
        lock (Lock)
        {
            if (_disposed != 0 || line.IsLost || !Holds.AreAllAt(line) || !Watches.AreAllAt(line) || _clients.Any(c => c.Line != line))
            {
                return false;
            }

            Current = line;
            line.IsReady = true;
            deferred = [.. line.Deferred];
            line.Deferred.Clear();
        }

        Array.ForEach(deferred, line.Send);
        return true;
    }

    /// <summary>A connection is lost; its calls fail.</summary>
    public void Lose(BusLine line)
    {
        lock (Lock)
        {
            Current = Current == line ? null : Current;
        }

        Replica.Lose(line);
    }

    /// <summary>Ends the store: nothing is connected any more.</summary>
    public void End(ErrorCode code)
    {
        BusLine? line;
        lock (Lock)
        {
            (line, Current) = (Current, null);
        }

        Watches.Lose();
        Replica.End(code);
        line?.Dispose();
        States.Dispose();
    }

    /// <summary>Runs something that must end in time when a client or a store is closed. A failure of the connection is no failure of closing.</summary>
    public async Task CloseAsync(Func<Task> run)
    {
        try
        {
            Task running = run();
            running.Observe();
            await running.WaitAsync(_options.Timeout, _options.TimeProvider);
        }
        catch (Exception e) when (e is ConnException or TimeoutException or ObjectDisposedException or StreamJsonRpc.RemoteRpcException or IOException)
        {
            // Whatever was not read before the end is lost with the connection.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await CloseAsync(async () =>
        {
            await ChangeAsync(static line => line.Server.MarkAsync(default));
            await Watches.DrainAsync(null);
        });
        await _reconnection.DisposeAsync();
        End(ErrorCode.Cancel);
    }

    private BusLine Line()
    {
        lock (Lock)
        {
            return Current ?? throw new ConnException(
                ErrorCode.ServerTerminated, $"The store is not connected to its server, and nothing was sent. Try again when {nameof(IpcPropertyStore.ConnectionState)} is Connected.");
        }
    }
}
