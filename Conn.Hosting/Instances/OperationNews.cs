using Conn.Hosting.Telemetry;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Instances;

/// <summary>Tells listeners of operations, one call at a time, beside the operations. Any thread.</summary>
internal sealed class OperationNews(IEnumerable<IOperationListener> listeners, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly IOperationListener[] _listeners = [.. listeners];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new(); // guards _last
    private Task _last = Task.CompletedTask;

    public void Tell(PastOperation operation)
    {
        if (_listeners.Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            _last = AfterAsync(_last, operation);
        }
    }

    /// <summary>Waits until everything is told, for 3 s at most; what takes longer is cancelled.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Task last;
        lock (_lock)
        {
            last = _last;
        }

        try
        {
            await last.WaitAsync(Patience, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            Messages.ListenersTooSlow(log);
        }
        finally
        {
            await _stop.CancelAsync();
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task AfterAsync(Task before, PastOperation operation)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (IOperationListener listener in _listeners)
        {
            try
            {
                await listener.OnOperationAsync(operation, _stop.Token);
            }
#pragma warning disable CA1031 // A listener that fails ends no backup; it is logged with its stack.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Messages.ListenerFailed(log, operation.Kind, e);
            }
        }
    }
}
