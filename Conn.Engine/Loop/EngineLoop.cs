using System.Reactive.Concurrency;

namespace Conn.Engine.Loop;

/// <summary>The engine's serial loop: what is posted to it runs one at a time, in order. Invariant: no exception ends it.</summary>
/// <remarks>
/// It is a synchronization context, so code that entered it stays in it over every await, and the engine's state needs no locks. It runs on a thread of
/// its own, or on the scheduler that a test gives; under a virtual-time scheduler everything posted runs in virtual time.
/// </remarks>
internal sealed class EngineLoop : SynchronizationContext, IDisposable
{
    private readonly Lock _lock = new(); // guards _work and _scheduled
    private readonly Queue<(SendOrPostCallback Call, object? State)> _work = new();
    private readonly Action<Exception> _failed;
    private readonly Action _drain;
    private readonly EngineThread? _thread;
    private readonly IScheduler? _scheduler;
    private bool _scheduled;

    /// <summary>Makes the loop.</summary>
    /// <param name="scheduler">Where it runs; null for a thread of its own.</param>
    /// <param name="time">The clock; the system's timers are replaced by those of the loop's thread when it has one.</param>
    /// <param name="failed">Receives what escapes a posted callback; must not throw.</param>
    public EngineLoop(IScheduler? scheduler, TimeProvider time, Action<Exception> failed)
    {
        _failed = failed;
        _drain = Drain;
        _scheduler = scheduler;
        _thread = scheduler is null ? new EngineThread(failed) : null;
        Clock = _thread is not null && time == TimeProvider.System ? _thread : time;
    }

    /// <summary>The engine's clock: its timers need no pool thread.</summary>
    public TimeProvider Clock { get; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!TryQueue(d, state))
        {
            return;
        }

        if (_thread is not null)
        {
            _thread.Post(_drain);
        }
        else
        {
            _scheduler!.Schedule(_drain);
        }
    }

    /// <summary>As <see cref="Post"/>, but when nothing runs in the loop it runs on this thread, which saves a change of threads. Only from where no code of a
    /// user is on the stack: it may hold a lock.</summary>
    public void RunHere(SendOrPostCallback d, object? state)
    {
        if (TryQueue(d, state))
        {
            Drain();
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("The engine's loop is never waited for synchronously.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs work in the loop. Cancelled before the work starts it is not run; cancelled later, the caller stops waiting and the work goes
    /// on.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="unclaimed">Receives, in the loop, a result whose caller stopped waiting; null when it may be dropped.</param>
    public Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken, Func<T, ValueTask>? unclaimed = null)
    {
        Request<T> request = new(work, unclaimed);
        request.GiveUp = cancellationToken.Register(static (s, c) => ((Request<T>)s!).TrySetCanceled(c), request);
        Post(static s => ((Request<T>)s!).Complete(), request);
        return request.Task;
    }

    /// <summary>Runs a short piece in the loop.</summary>
    public Task RunAsync(Action work, CancellationToken cancellationToken) => RunAsync(() =>
    {
        work();
        return Task.FromResult(true);
    }, cancellationToken);

    /// <summary>Ends the loop's thread, if it has one, after what runs now.</summary>
    public void Dispose() => _thread?.Dispose();

    private void Drain()
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            while (TryTake(out (SendOrPostCallback Call, object? State) next))
            {
                try
                {
                    next.Call(next.State);
                }
#pragma warning disable CA1031 // The loop must outlive whatever runs in it; no caller can catch what escapes here.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    _failed(e);
                }
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Queues work.</summary>
    /// <returns>True when the caller must see to it that the loop runs.</returns>
    private bool TryQueue(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            _work.Enqueue((d, state));
            bool isFirst = !_scheduled;
            _scheduled = true;
            return isFirst;
        }
    }

    private bool TryTake(out (SendOrPostCallback Call, object? State) next)
    {
        lock (_lock)
        {
            bool taken = _work.TryDequeue(out next);
            _scheduled &= taken;
            return taken;
        }
    }

    /// <summary>Work that a caller outside of the loop waits for.</summary>
    private sealed class Request<T>(Func<Task<T>> work, Func<T, ValueTask>? unclaimed) : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public CancellationTokenRegistration GiveUp { get; set; }

        public async void Complete()
        {
            try
            {
                if (Task.IsCompleted)
                {
                    return;
                }

                Task<T> running = work();
                if (running.IsFaulted)
                {
                    // A refusal is handed on as it is: thousands of owners may be refused at once, and a throw for each costs more than the work.
                    TrySetException(running.Exception.InnerException!);
                    return;
                }

                T result = await running;
                if (!TrySetResult(result) && unclaimed is not null)
                {
                    await unclaimed(result);
                }
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller who awaits the result.
            catch (Exception e)
#pragma warning restore CA1031
            {
                TrySetException(e);
            }
            finally
            {
                GiveUp.Unregister();
            }
        }
    }
}
