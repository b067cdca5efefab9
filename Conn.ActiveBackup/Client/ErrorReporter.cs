using Conn.ActiveBackup.Calls;

namespace Conn.ActiveBackup.Client;

/// <summary>Calls an error handler and never throws: a handler that throws is counted, and its exception is kept. Any thread.</summary>
internal sealed class ErrorReporter(Action<Exception>? handler)
{
    private readonly Lock _lock = new(); // guards _failures and _lastFailure
    private int _failures;
    private Exception? _lastFailure;

    public int Failures
    {
        get
        {
            lock (_lock)
            {
                return _failures;
            }
        }
    }

    public Exception? LastFailure
    {
        get
        {
            lock (_lock)
            {
                return _lastFailure;
            }
        }
    }

    public void Report(Exception e)
    {
        try
        {
            // An async handler may throw later.
            using GuardedContext.Scope scope = new GuardedContext(SynchronizationContext.Current, Count).Enter();
            handler?.Invoke(e);
        }
#pragma warning disable CA1031 // The handler must not throw; when it does, the owner must not be lost with it.
        catch (Exception own)
#pragma warning restore CA1031
        {
            Count(own);
        }
    }

    /// <summary>Cancels a source, and reports what was registered on it and throws; it is cancelled all the same.</summary>
    public void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException e)
        {
            Report(e);
        }
    }

    private void Count(Exception own)
    {
        lock (_lock)
        {
            _failures++;
            _lastFailure = own;
        }
    }
}
