using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: one per scheduler and store. A change queues its fan-out here once, in constant time; waking the observers is done
/// on the scheduler. The queue is guarded by the store's gate.
/// </summary>
internal sealed class Dispatcher(PropertyStore store, IScheduler? scheduler) : IThreadPoolWorkItem
{
    private const int FanOutsPerTurn = 64;

    private readonly IScheduler? _scheduler = IsPool(scheduler) ? null : scheduler;
    private QueuedFanOut? _first;
    private QueuedFanOut? _last;
    private bool _running;

    /// <summary>Belongs to the caller who was told to start this dispatcher.</summary>
    public Dispatcher? NextToStart { get; set; }

    /// <summary>Queues a changed property's observers. Under the gate.</summary>
    public void Enqueue(QueuedFanOut fanOut, ref Announcement announcement)
    {
        if (!fanOut.IsEnqueued)
        {
            fanOut.IsEnqueued = true;
            if (_last is null)
            {
                _first = fanOut;
            }
            else
            {
                _last.NextEnqueued = fanOut;
            }

            _last = fanOut;
        }

        if (!_running)
        {
            _running = true;
            NextToStart = announcement.Dispatchers;
            announcement.Dispatchers = this;
        }
    }

    public void Start()
    {
        if (!Post(this))
        {
            // The scheduler refused and was reported; the next change tries again.
            using (store.Gate.Take())
            {
                _running = false;
            }
        }
    }

    public void Execute()
    {
        Turn? ready = null;
        bool alone = true;
        bool drained = false;
        for (int i = 0; i < FanOutsPerTurn; i++)
        {
            Turn[] turns;
            using (store.Gate.Take())
            {
                if (_first is not { } fanOut)
                {
                    _running = false;
                    drained = true;
                    break;
                }

                _first = fanOut.NextEnqueued;
                _last = _first is null ? null : _last;
                fanOut.NextEnqueued = null;
                fanOut.IsEnqueued = false;
                turns = fanOut.Turns;
            }

            foreach (Turn turn in turns)
            {
                if (turn.Wake())
                {
                    // Each observer runs on its own turn of the scheduler, so that a slow one holds up nobody.
                    if (ready is not null)
                    {
                        ready.Schedule();
                        alone = false;
                    }

                    ready = turn;
                }
            }
        }

        if (drained && alone)
        {
            // The role is given back and nobody is ahead: the only observer may use this turn.
            ready?.Execute();
            return;
        }

        ready?.Schedule();
        if (!drained)
        {
            // Publishers that never pause must not keep this turn from the observers.
            Start();
        }
    }

    /// <summary>Runs something on the scheduler, without allocation on the pool. False when the scheduler refused, which is reported.</summary>
    public bool Post(IThreadPoolWorkItem item)
    {
        if (_scheduler is null)
        {
            return ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }

        try
        {
            _scheduler.Schedule(item, static (_, work) =>
            {
                work.Execute();
                return Disposable.Empty;
            });
            return true;
        }
#pragma warning disable CA1031 // A scheduler of the subscriber's must not hurt the publisher; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            store.Report(exception);
            return false;
        }
    }

    /// <summary>As <see cref="Post"/>; when the scheduler refuses, on the pool: an outcome is delivered in any case.</summary>
    public void PostSurely(IThreadPoolWorkItem item)
    {
        if (!Post(item))
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }
    }

    private static bool IsPool(IScheduler? scheduler) =>
        scheduler is null || scheduler == TaskPoolScheduler.Default || scheduler == DefaultScheduler.Instance || scheduler == ThreadPoolScheduler.Instance;
}
