using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>An owner's session with the engine of a server.</summary>
internal sealed class IpcEngineSession(WireRpc rpc, IOwnerServer server) : IEngineSession
{
    private const int Idle = 0;
    private const int Sending = 1;
    private const int Again = 2;

    private int _progress;
    private int _disposed;

    // Not when it was closed from here.
    public bool IsLost => rpc.Completion.IsCompleted && Volatile.Read(ref _disposed) == 0;

    public async ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken)
    {
        WireMode mode = await CallAsync(() => server.ModeAsync(cancellationToken));
        return WireMode.Read(mode.Drives, mode.Mode);
    }

    public async ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => await CallAsync(() => server.AffectsMeAsync(cancellationToken));

    public async ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) =>
        await CallAsync(async () =>
        {
            await server.ConfirmAsync(code.Value, cancellationToken);
            return true;
        });

    public void ReportProgress()
    {
        // One report is on its way at a time, so that an owner that reports in a tight loop keeps nothing waiting.
        if (Interlocked.CompareExchange(ref _progress, Sending, Idle) == Idle)
        {
            _ = ReportAsync();
        }
        else
        {
            Interlocked.CompareExchange(ref _progress, Again, Sending);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await SendAsync(server.CloseAsync);
            rpc.Dispose();
        }
    }

    private async Task ReportAsync()
    {
        do
        {
            Volatile.Write(ref _progress, Sending);
            await SendAsync(server.ProgressAsync);
        }
        while (Interlocked.CompareExchange(ref _progress, Idle, Sending) != Sending);
    }

    // The call is made in here: a connection that is closed refuses it before there is a task.
    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            throw WireRpc.Translate(e);
        }
    }

    private static async Task SendAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            // The connection is lost, which ends the session too.
        }
    }
}
