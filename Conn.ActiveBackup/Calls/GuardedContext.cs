namespace Conn.ActiveBackup.Calls;

/// <summary>Runs continuations where they would run without it, and gives what escapes them to a handler instead of ending the process.</summary>
/// <remarks>An async void method of an owner or of an observer throws into the context in which it began: this one.</remarks>
internal sealed class GuardedContext(SynchronizationContext? outer, Action<Exception> escaped) : SynchronizationContext
{
    private static readonly Action<Work> RunOnPool = static w => w.Context.Run(w.Callback, w.State);
    private static readonly SendOrPostCallback RunInOuter = static s => ((Work)s!).Context.Run(((Work)s).Callback, ((Work)s).State);

    /// <summary>The context in which continuations run; null for the thread pool.</summary>
    public SynchronizationContext? Outer => outer;

    public override void Post(SendOrPostCallback d, object? state)
    {
        Work work = new(this, d, state);
        if (outer is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(RunOnPool, work, preferLocal: false);
        }
        else
        {
            outer.Post(RunInOuter, work);
        }
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Makes this the current context until the scope is disposed, on the same thread.</summary>
    public Scope Enter()
    {
        Scope scope = new(Current);
        SetSynchronizationContext(this);
        return scope;
    }

    private void Run(SendOrPostCallback d, object? state)
    {
        try
        {
            using (Enter())
            {
                d(state);
            }
        }
#pragma warning disable CA1031 // No caller can catch what a continuation throws; the handler reports it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            escaped(e);
        }
    }

    /// <summary>Restores the context that was current before.</summary>
    public readonly struct Scope(SynchronizationContext? before) : IDisposable
    {
        public void Dispose() => SetSynchronizationContext(before);
    }

    /// <summary>A continuation on its way.</summary>
    private sealed record Work(GuardedContext Context, SendOrPostCallback Callback, object? State);
}
