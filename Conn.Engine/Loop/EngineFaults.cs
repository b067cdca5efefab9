using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Loop;

/// <summary>Counts and reports what went wrong around an operation and must not end it: observers, traces, abandoned calls. Any thread; never throws.</summary>
/// <param name="handler">The host's handler, or null.</param>
/// <param name="outer">Where continuations of observers run; null for the thread pool.</param>
internal sealed class EngineFaults(Action<Exception>? handler, SynchronizationContext? outer)
{
    private GuardedContext? _context;
    private GuardedContext? _handling;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Report(Exception e)
    {
        Interlocked.Increment(ref _count);
        try
        {
            // An async handler may throw later.
            using GuardedContext.Scope scope = (_handling ??= new GuardedContext(outer, _ => Interlocked.Increment(ref _count))).Enter();
            handler?.Invoke(e);
        }
#pragma warning disable CA1031 // A failure to report a failure must not end the work; the handler's own is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Runs code of a user, on this thread and in what it leaves behind; whatever it throws is reported.</summary>
    /// <returns>False when it threw.</returns>
    public bool Guard(Action code)
    {
        using GuardedContext.Scope scope = (_context ??= new GuardedContext(outer, Report)).Enter();
        try
        {
            code();
            return true;
        }
#pragma warning disable CA1031 // User code may throw anything; it is reported.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Report(e);
            return false;
        }
    }
}
