using System.Reactive.Concurrency;

namespace Conn.ActiveBackup.Calls;

/// <summary>The layer that runs an owner's code: one call at a time, on the owner's scheduler. It lives as long as the owner, over all its
/// connections.</summary>
/// <remarks>
/// A Terminate that comes while a call runs is started as soon as that call has returned; any other call is refused as NotReady. Whatever a call
/// leaves behind (an async void method, a continuation) runs guarded: what it throws goes to the handler and ends no process. What a call throws becomes its
/// result, and goes to the second handler with its stack. Any thread.
/// </remarks>
internal sealed class OwnerQueue(IOwnerChannel inner, IScheduler scheduler, Action<Exception> escaped, Action<Exception>? thrown = null) : IOwnerChannel
{
    private readonly Lock _lock = new(); // guards _running, _terminate and _idle
    private PendingCall? _running;
    private PendingCall? _terminate;
    private TaskCompletionSource? _idle;
    private GuardedContext? _guard;

    /// <summary>Completes when no call runs or waits: only then may another connection use the owner.</summary>
    public Task WhenIdle
    {
        get
        {
            lock (_lock)
            {
                return _running is null ? Task.CompletedTask : (_idle ??= new TaskCompletionSource()).Task;
            }
        }
    }

    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        PendingCall pending = new(call, cancellationToken);
        lock (_lock)
        {
            if (_running is not null)
            {
                return call.Kind != OwnerCallKind.TerminateMultiStageOperation
                    ? new(OwnerCallResult.Failed(ErrorCode.NotReady, $"{call.Kind} came while {_running.Call.Kind} still runs; an owner gets one call at a time."))
                    : new((_terminate ??= pending).Task);
            }

            _running = pending;
        }

        Start(pending);
        return new(pending.Task);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Start(PendingCall pending)
    {
        if (ReferenceEquals(scheduler, TaskPoolScheduler.Default) && Thread.CurrentThread.IsThreadPoolThread)
        {
            // The caller's thread is as good as any other of the pool, and saves a change of threads for each call.
            _ = RunAsync(pending);
            return;
        }

        try
        {
            scheduler.Schedule(() => _ = RunAsync(pending));
        }
#pragma warning disable CA1031 // A scheduler that is disposed, or that the owner made, may throw anything: the call fails with it, if it does not run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!pending.TryClaim())
            {
                escaped(e);
                return;
            }

            End(pending, OwnerCallResult.Failed(ErrorCode.General, $"The owner's scheduler did not take {pending.Call.Kind}: {OwnerCallFailure.MessageOf(e)}"));
        }
    }

    /// <summary>Runs one call. Never fails: whatever is thrown becomes the call's result.</summary>
    private async Task RunAsync(PendingCall pending)
    {
        if (!pending.TryClaim())
        {
            return;
        }

        OwnerCallResult result = pending.CancellationToken.IsCancellationRequested
            ? OwnerCallResult.Failed(ErrorCode.Cancel, $"{pending.Call.Kind} was given up before it began.") : await MakeAsync(pending);
        if (result.Failure?.Cause is { } cause && !(cause is OperationCanceledException && pending.CancellationToken.IsCancellationRequested))
        {
            thrown?.Invoke(cause);
        }

        End(pending, result);
    }

    private async Task<OwnerCallResult> MakeAsync(PendingCall pending)
    {
        try
        {
            ValueTask<OwnerCallResult> running;
            using (Guard().Enter())
            {
                running = inner.InvokeAsync(pending.Call, pending.CancellationToken);
            }

            return (await running).Checked(pending.Call);
        }
#pragma warning disable CA1031 // A layer may throw anything; it becomes the result of this call.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    private GuardedContext Guard()
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        return _guard is { } guard && guard.Outer == outer ? guard : _guard = new GuardedContext(outer, escaped);
    }

    /// <summary>Starts a Terminate that waits, or signals that the owner is idle; then completes the call.</summary>
    private void End(PendingCall pending, OwnerCallResult result)
    {
        PendingCall? next;
        lock (_lock)
        {
            next = _running = _terminate;
            _terminate = null;
        }

        pending.SetResult(result);
        if (next is not null)
        {
            Start(next);
            return;
        }

        // Only now: the caller may have made its next call in the meantime.
        TaskCompletionSource? idle = null;
        lock (_lock)
        {
            if (_running is null)
            {
                (idle, _idle) = (_idle, null);
            }
        }

        idle?.SetResult();
    }

    /// <summary>One call on its way. Its continuations are layers of ours, which run on the owner's thread until they reach the caller's own context.</summary>
    private sealed class PendingCall(OwnerCall call, CancellationToken cancellationToken) : TaskCompletionSource<OwnerCallResult>
    {
        private int _claimed;

        public OwnerCall Call => call;

        public CancellationToken CancellationToken => cancellationToken;

        /// <summary>True once: a scheduler may run what it was given and throw all the same, or run it later.</summary>
        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;
    }
}
