namespace Conn.ActiveBackup.Client;

/// <summary>Calls a host's error handler and never throws: a handler that does is counted, and what it threw is kept. Any thread.</summary>
internal sealed class GuardedErrorHandler(Action<Exception>? handler)
{
    private readonly Lock _gate = new(); // guards _failures and _lastFailure
    private int _failures;
    private Exception? _lastFailure;

    public int Failures
    {
        get
        {
            lock (_gate)
            {
                return _failures;
            }
        }
    }

    public Exception? LastFailure
    {
        get
        {
            lock (_gate)
            {
                return _lastFailure;
            }
        }
    }

    public void Tell(Exception e)
    {
        try
        {
            handler?.Invoke(e);
        }
#pragma warning disable CA1031 // The handler is told not to throw; when it does, the owner must not be lost with it.
        catch (Exception own)
#pragma warning restore CA1031
        {
            lock (_gate)
            {
                _failures++;
                _lastFailure = own;
            }
        }
    }
}
