using System.Collections.Concurrent;
using Conn.PubSub;
using Conn.PubSub.Replication;
using MessagePack;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>One connection of a client to the bus. Invariant: once it is lost it stays lost; revisions and writers that cross it are those of this process on one side and those
/// of the server on the other.</summary>
internal sealed class BusLine : IBusClient, IQuickTarget, IDisposable
{
    private readonly BusConnection _connection;
    private readonly WireRpc _rpc;

    private BusLine(Stream stream, BusConnection connection)
    {
        _connection = connection;
        _rpc = new WireRpc(stream);
        _rpc.Serve<IBusClient>(this);
        Server = _rpc.Library.Attach<IBusServer>();
        _rpc.Quick.Target = this;
    }

    public IBusServer Server { get; }

    /// <summary>What the server said about itself.</summary>
    public WireStore Store { get; private set; } = null!;

    /// <summary>How far the revisions of this process are ahead of the server's. More than 0 after another server took the place of the first one: revisions rise all the
    /// same. Set before anything is attached.</summary>
    public long Offset { get; set; }

    /// <summary>The clients of this process by the numbers that the server gave them. Nobody else's number is that of a client of this process.</summary>
    public ConcurrentDictionary<int, int> Writers { get; set; } = [];

    /// <summary>Whether it is, or was, in use. Guarded by the connection's lock.</summary>
    public bool IsReady { get; set; }

    /// <summary>What is sent once it is ready, because it must not overtake what makes it ready. Guarded by the connection's lock.</summary>
    public List<Action<IBusServer>> Deferred { get; } = [];

    public bool IsLost => _rpc.Completion.IsCompleted;

    /// <summary>Completes, with whatever result, when the connection is lost.</summary>
    public Task Completion => _rpc.Completion;

    /// <summary>Connects.</summary>
    /// <exception cref="ConnException">As <see cref="IpcPropertyStore.ConnectAsync"/>.</exception>
    public static async Task<BusLine> OpenAsync(IpcClientOptions options, BusConnection connection, CancellationToken cancellationToken)
    {
        BusLine line = new(await ClientSocket.ConnectAsync(options, Purpose.Bus, default, cancellationToken), connection);
        try
        {
            line._rpc.StartListening();
            line.Store = await line.CallAsync(server => server.OpenStoreAsync(cancellationToken)).WaitAsync(cancellationToken);
            return line;
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    Task IBusClient.ChangesAsync(WireChanges changes)
    {
        _connection.Replica.Apply(this, changes);
        return Task.CompletedTask;
    }

    string IQuickTarget.Method => nameof(IBusClient.ChangesAsync);

    ValueTask<QuickMessage> IQuickTarget.Serve(ref MessagePackReader arguments, long id)
    {
        _connection.Replica.Apply(this, QuickMessage.ReadOnlyArgument<WireChanges>(ref arguments));
        return new(QuickMessage.Result(id, static (ref MessagePackWriter writer) => writer.WriteNil()));
    }

    Task IBusClient.NewsAsync(long watch)
    {
        _connection.Watches.News(watch);
        return Task.CompletedTask;
    }

    /// <summary>Publishes.</summary>
    /// <exception cref="ConnException">The server's refusal; ServerTerminated when the connection is lost.</exception>
    public async Task<WireOutcome> SetAsync(WireSet set)
    {
        byte[] answer = await _rpc.Quick.CallAsync(nameof(IBusServer.SetAsync), QuickMessage.Encoded(set));
        return WireCodec.Decoded<WireOutcome>(answer) ?? throw new ConnException(ErrorCode.Corrupt, "The server answered a publish without an outcome.");
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

    /// <summary>Turns the revision of a value into one of this process.</summary>
    public long ToClient(long revision) => revision == 0 ? 0 : revision + Offset;

    /// <summary>Turns the revision of a value into the server's; one of a server before it becomes -1, which no value has.</summary>
    public long ToServer(long revision) => revision == 0 || Offset == 0 ? revision : revision > Offset ? revision - Offset : -1;

    public WireOutcome Read(WireOutcome outcome) => outcome with { Revision = ToClient(outcome.Revision), StoreRevision = outcome.StoreRevision + Offset };

    public WireChange Read(WireChange change) => change with { Revision = ToClient(change.Revision), Writer = WriterOf(change.Writer) };

    public PropertyEvent Read(WireEvent wire)
    {
        PropertyEventKind kind = (PropertyEventKind)wire.Kind;
        long revision = kind == PropertyEventKind.Change ? ToClient(wire.Revision) : wire.Revision + Offset;
        return new PropertyEvent(kind, wire.Name.Read(), Read(wire.Change).Read(), new Revision(revision), wire.More);
    }

    public ReplicaEntry Read(WireEntry wire)
    {
        ReplicaEntry entry = wire.Read();
        return entry with
        {
            Revision = ToClient(entry.Revision), LastRevision = ToClient(entry.LastRevision), LastWriter = WriterOf(entry.LastWriter),
            DeletedAt = ToClient(entry.DeletedAt), DeletedBy = WriterOf(entry.DeletedBy),
        };
    }

    public void Dispose() => _rpc.Dispose();

    private int WriterOf(int number) => Writers.GetValueOrDefault(number, number);
}
