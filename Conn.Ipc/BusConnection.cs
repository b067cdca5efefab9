using Conn.PubSub;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The client's end of a connection to the bus: makes calls, and waits until the replica has what they changed.</summary>
internal sealed class BusConnection : IBusClient, IAsyncDisposable
{
    private readonly Lock _lock = new(); // guards _pending and _cursors
    private readonly HashSet<Task> _pending = [];
    private readonly Dictionary<long, RemoteCursor> _cursors = [];
    private readonly WireRpc _rpc;
    private readonly IpcClientOptions _options;
    private long _watches;
    private int _disposed;

    private BusConnection(Stream stream, IpcClientOptions options)
    {
        _options = options;
        _rpc = new WireRpc(stream);
        _rpc.AddLocalRpcTarget<IBusClient>(this, null);
        Server = _rpc.Attach<IBusServer>();
    }

    public IBusServer Server { get; }

    public BusReplica Replica { get; private set; } = null!;

    /// <summary>The store behind the replica.</summary>
    public PropertyStore Mirror { get; private set; } = null!;

    public Guid Instance { get; private set; }

    public bool IsLost => _rpc.Completion.IsCompleted;

    public static async Task<BusConnection> OpenAsync(IpcClientOptions options, CancellationToken cancellationToken)
    {
        Stream stream = await ClientSocket.ConnectAsync(options, Purpose.Bus, default, cancellationToken);
        BusConnection connection = new(stream, options);
        connection._rpc.Disconnected += (_, _) => connection.Lost();
        connection._rpc.StartListening();
        try
        {
            WireStore store = await connection.CallAsync(server => server.OpenStoreAsync(cancellationToken));
            connection.Instance = store.Instance;
            connection.Mirror = new PropertyStore(new PropertyStoreOptions
            {
                Scheduler = options.Scheduler, ObserverFailed = options.ObserverFailed, EnforcePolicies = store.EnforcesPolicies, MaxNames = int.MaxValue,
            });
            connection.Replica = new BusReplica(connection.Mirror);
            await connection.Replica.ReachAsync(0, store.Revision);
            return connection;
        }
        catch
        {
            connection._rpc.Dispose();
            throw;
        }
    }

    Task IBusClient.ChangesAsync(WireChanges changes)
    {
        Replica.Apply(changes);
        return Task.CompletedTask;
    }

    Task IBusClient.NewsAsync(long watch)
    {
        RemoteCursor? cursor;
        lock (_lock)
        {
            _cursors.TryGetValue(watch, out cursor);
        }

        cursor?.HasNews();
        return Task.CompletedTask;
    }

    /// <summary>Makes a call.</summary>
    /// <exception cref="ConnException">The server's refusal; ServerTerminated when the connection is lost.</exception>
    public async Task<T> CallAsync<T>(Func<IBusServer, Task<T>> call)
    {
        try
        {
            return await call(Server);
        }
        catch (Exception e) when (e is RemoteRpcException or ObjectDisposedException or IOException)
        {
            throw WireRpc.Translate(e);
        }
    }

    /// <summary>Makes a call that may change the store; completes when the replica has what it changed.</summary>
    public async Task<WireOutcome> ChangeAsync(Func<IBusServer, Task<WireOutcome>> call)
    {
        await JoinedAsync();
        WireOutcome outcome = await CallAsync(call);
        await Replica.ReachAsync(outcome.Mark, outcome.StoreRevision);
        return outcome;
    }

    /// <summary>Sends something whose failure is the loss of the connection, which is noticed elsewhere.</summary>
    public void Send(Action<IBusServer> call)
    {
        try
        {
            call(Server);
        }
        catch (Exception e) when (e is RemoteRpcException or ObjectDisposedException or IOException)
        {
            // The connection is lost.
        }
    }

    /// <summary>Remembers an observation that has not begun at the server: later calls wait for it.</summary>
    public void Joins(Task joining)
    {
        lock (_lock)
        {
            _pending.Add(joining);
        }

        _ = joining.ContinueWith(
            done =>
            {
                lock (_lock)
                {
                    _pending.Remove(done);
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes when every observation has begun.</summary>
    public Task JoinedAsync()
    {
        lock (_lock)
        {
            return _pending.Count == 0 ? Task.CompletedTask : Task.WhenAll(_pending);
        }
    }

    /// <summary>Begins a watch at the server; the cursor reads it.</summary>
    public long Begin(RemoteCursor cursor, int client, uint? category, Revision? after)
    {
        long watch = Interlocked.Increment(ref _watches);
        lock (_lock)
        {
            _cursors.Add(watch, cursor);
        }

        Send(server => server.BeginWatch(client, watch, category, after?.Value));
        return watch;
    }

    public void End(long watch)
    {
        lock (_lock)
        {
            if (!_cursors.Remove(watch))
            {
                return;
            }
        }

        Send(server => server.EndWatch(watch));
    }

    /// <summary>Reads everything that was published until now into the cursors of a client, or of all, because nothing can be read after its end.</summary>
    public async Task DrainAsync(int? client)
    {
        RemoteCursor[] cursors;
        lock (_lock)
        {
            cursors = [.. _cursors.Values.Where(c => client is null || c.Client == client)];
        }

        foreach (RemoteCursor cursor in cursors)
        {
            await cursor.DrainAsync();
        }
    }

    /// <summary>Says that every watch may have something to read.</summary>
    /// <returns>True when one of them had something since the last call.</returns>
    public async Task<bool> RefreshAsync()
    {
        RemoteCursor[] cursors;
        lock (_lock)
        {
            cursors = [.. _cursors.Values];
        }

        bool progress = false;
        foreach (RemoteCursor cursor in cursors)
        {
            progress |= await cursor.RefreshAsync();
        }

        return progress;
    }

    /// <summary>Runs something that must end in time when a client or a store is closed. A failure of the connection is no failure of closing.</summary>
    public async Task CloseAsync(Func<Task> run)
    {
        try
        {
            Task running = run();
            _ = running.ContinueWith(
                static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await running.WaitAsync(_options.Timeout, _options.TimeProvider);
        }
        catch (Exception e) when (e is ConnException or TimeoutException or ObjectDisposedException)
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
            await ChangeAsync(static server => server.MarkAsync(default));
            await DrainAsync(null);
        });
        Replica.End(ErrorCode.Cancel);
        _rpc.Dispose();
    }

    private void Lost()
    {
        Replica?.End(ErrorCode.ServerTerminated);
    }
}
