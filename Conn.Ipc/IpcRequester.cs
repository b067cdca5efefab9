using System.Collections.Concurrent;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>Asks the host behind a server, over a Unix domain socket. Any thread; several requests at a time.</summary>
public sealed class IpcRequester : IAsyncDisposable
{
    private readonly Reports _reports;
    private readonly WireRpc _rpc;
    private readonly IRequestServer _server;
    private long _requests;

    private IpcRequester(Stream stream)
    {
        _rpc = new WireRpc(stream);
        _reports = new Reports();
        _rpc.Serve<IRequestClient>(_reports);
        _server = _rpc.Library.Attach<IRequestServer>();
        _rpc.StartListening();
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="options">Where it is; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The requester; the caller disposes it.</returns>
    /// <exception cref="ConnException">NotFound: no server listens there. AccessDenied or PermissionDenied: the server refuses this user. NotSupported: the server
    /// speaks another version, or answers no requests. TimedOut: it did not answer in time.</exception>
    public static async Task<IpcRequester> ConnectAsync(IpcClientOptions? options = null, CancellationToken cancellationToken = default) =>
        // Not in the context of the caller, which may be blocked or slow.
        new(await Task.Run(() => ClientSocket.ConnectAsync(options ?? new IpcClientOptions(), Purpose.Requests, default, cancellationToken), cancellationToken));

    /// <summary>Asks.</summary>
    /// <param name="name">What is asked.</param>
    /// <param name="document">The particulars, at most 16 MiB.</param>
    /// <param name="report">Called for each report before the answer, one at a time; null for none. When it is slow, older reports are left out.</param>
    /// <param name="cancellationToken">Cancels the request at the server too. The loss of the connection does the same.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ConnException">The server's refusal. ServerTerminated: the connection was lost.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<string> AskAsync(string name, string document, Action<string>? report = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(document);
        long request = Interlocked.Increment(ref _requests);
        if (report is not null)
        {
            _reports.Add(request, report);
        }

        try
        {
            return await _server.AskAsync(request, name, document, cancellationToken);
        }
        catch (Exception e) when (e is RemoteRpcException or ObjectDisposedException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw WireRpc.Translate(e);
        }
        finally
        {
            _reports.Remove(request);
        }
    }

    /// <summary>Closes the connection; requests that run are cancelled.</summary>
    /// <returns>Completes at once.</returns>
    public ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        return default;
    }

    /// <summary>Gives each report to the request that it is of.</summary>
    private sealed class Reports : IRequestClient
    {
        private readonly ConcurrentDictionary<long, Action<string>> _receivers = [];

        public void Add(long request, Action<string> receiver) => _receivers[request] = receiver;

        public void Remove(long request) => _receivers.TryRemove(request, out _);

        public Task ReportAsync(long request, string document)
        {
            if (_receivers.TryGetValue(request, out Action<string>? receiver))
            {
                receiver(document);
            }

            return Task.CompletedTask;
        }
    }
}
