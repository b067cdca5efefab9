using System.Reactive.Concurrency;

namespace Conn.Engine.Sessions;

/// <summary>The engine's one serial place: what is posted to it runs one at a time, in order, on the engine's scheduler.</summary>
/// <remarks>
/// It is a synchronization context, so code that entered it stays in it over every await, and the engine's state needs no locks. A thread is
/// used only while there is work. Under a virtual-time scheduler everything posted runs in virtual time.
/// </remarks>
internal sealed class SerialLoop : SynchronizationContext
{
    private readonly Lock _gate = new(); // guards _work and _scheduled
    private readonly Queue<(SendOrPostCallback Call, object? State)> _work = new();
    private readonly IScheduler _scheduler;
    private bool _scheduled;

    public SerialLoop(IScheduler scheduler) => _scheduler = scheduler;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            _work.Enqueue((d, state));
            if (_scheduled)
            {
                return;
            }

            _scheduled = true;
        }

        _scheduler.Schedule(Drain);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("The engine's loop is entered with EnterAsync, never waited for.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs in the loop; the result is given outside of it. Cancelled before its turn it is not run; later, cancelling gives up waiting, not the work.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="unclaimed">Takes, in the loop, a result that nobody waits for any more; null when it may be dropped.</param>
    public Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken, Func<T, ValueTask>? unclaimed = null)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenRegistration giveUp = cancellationToken.Register(() => done.TrySetCanceled(cancellationToken));
        Post(_ => Complete(), null);
        return done.Task;

        async void Complete()
        {
            try
            {
                if (done.Task.IsCompleted)
                {
                    return;
                }

                T result = await work();
                if (!done.TrySetResult(result) && unclaimed is not null)
                {
                    await unclaimed(result);
                }
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the one who awaits the result.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.TrySetException(e);
            }
            finally
            {
                giveUp.Unregister();
            }
        }
    }

    /// <summary>Runs a short piece in the loop.</summary>
    public Task RunAsync(Action work, CancellationToken cancellationToken) => RunAsync(() =>
    {
        work();
        return Task.FromResult(true);
    }, cancellationToken);

    private void Drain()
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            while (true)
            {
                (SendOrPostCallback Call, object? State) next;
                lock (_gate)
                {
                    if (!_work.TryDequeue(out next))
                    {
                        _scheduled = false;
                        return;
                    }
                }

                next.Call(next.State);
            }
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }
}
