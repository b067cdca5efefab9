using System.Net.Sockets;

namespace Conn.Ipc.Tests;

/// <summary>A server of one bus client, written by hand, so that a test can say in which order a read of a watch, news and the answer to the read come.</summary>
internal sealed class ScriptedBus : IBusServer, IAsyncDisposable
{
    private static readonly WireOutcome Done = new(0, 0, 0, 0);
    private readonly SocketFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _serving;
    private WireRpc? _rpc;
    private int _reads;

    public ScriptedBus()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_folder.Socket));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public IpcClientOptions Client => new() { SocketPath = _folder.Socket };

    /// <summary>Says what happens in a read, given the number of the read, from 1, and the client's end.</summary>
    public required Func<int, IBusClient, long, Task<WireEvents>> OnRead { get; init; }

    public Task<WireStore> OpenStoreAsync(CancellationToken cancellationToken) => Task.FromResult(new WireStore(false, 0, Guid.NewGuid()));

    public Task<int> OpenAsync(uint secureId, uint capabilities, uint vendorId, CancellationToken cancellationToken) => Task.FromResult(1);

    public Task<WireOutcome> CloseAsync(int client) => Task.FromResult(Done);

    public Task<WireOutcome> DefineAsync(int client, WireName name, WireDefinition definition, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public Task<WireOutcome> DeleteAsync(int client, WireName name, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public Task<WireOutcome> AttachAsync(int client, WireName name, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public Task<WireOutcome> ResumeAsync(WireHeld[] held, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public void Detach(WireName name)
    {
    }

    public Task<WireReading> ReadAsync(int client, WireName name, CancellationToken cancellationToken) => Unscripted<WireReading>();

    public Task<WireOutcome> SetAsync(int client, WireName name, WireValue value, long? expected, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public Task<WireOutcome> PublishAsync(int client, WireBatch batch, CancellationToken cancellationToken) => Unscripted<WireOutcome>();

    public Task<WireList> ListAsync(int client, uint? category, CancellationToken cancellationToken) => Unscripted<WireList>();

    public Task<bool> HasSubscribersAsync(int client, WireName name, CancellationToken cancellationToken) => Unscripted<bool>();

    public Task<WireSubscription[]> ListSubscriptionsAsync(CancellationToken cancellationToken) => Unscripted<WireSubscription[]>();

    public void Report(int client, WireName name, int kind, bool begins)
    {
    }

    public Task<WireOutcome> MarkAsync(CancellationToken cancellationToken) => Task.FromResult(Done);

    public void BeginWatch(int client, long watch, uint? category, long? after)
    {
    }

    public Task<WireEvents> ReadWatchAsync(long watch, int most, CancellationToken cancellationToken) =>
        OnRead(Interlocked.Increment(ref _reads), _rpc!.Library.Attach<IBusClient>(), watch);

    public void EndWatch(long watch)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _rpc?.Dispose();
        _listener.Dispose();
        await _serving;
        _folder.Dispose();
    }

    private static Task<T> Unscripted<T>() => Task.FromException<T>(new NotSupportedException());

    private async Task ServeAsync()
    {
        NetworkStream stream = new(await _listener.AcceptAsync(), ownsSocket: true);
        await Hello.ReadAsync(stream, CancellationToken.None);
        await Hello.AnswerAsync(stream, ErrorCode.Success, 0, "", CancellationToken.None);
        _rpc = new WireRpc(stream);
        _rpc.Serve<IBusServer>(this);
        _rpc.StartListening();
    }
}
