using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;

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

        SchedulerTurn.Begin(_scheduler, static s => ((SerialLoop)s!).Drain(), this);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("The engine's loop is entered with EnterAsync, never waited for.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs in the loop; the result is given outside of it. Cancelled before its turn it is not run; later, cancelling gives up waiting, not the work.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="unclaimed">Takes, in the loop, a result that nobody waits for any more; null when it may be dropped.</param>
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

    /// <summary>Work that somebody waits for outside of the loop.</summary>
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
#pragma warning disable CA1031 // Whatever it is, it belongs to the one who awaits the result.
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
