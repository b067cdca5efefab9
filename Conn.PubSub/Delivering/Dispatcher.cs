using System.Reactive.Concurrency;
using System.Reactive.Disposables;
using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// One scheduler of a store. A change queues its fan-out here once, in constant time; waking the observers is done on the scheduler. The queue is guarded by the store's
/// lock.
/// </summary>
internal sealed class Dispatcher(StoreCore core, IScheduler? scheduler) : IThreadPoolWorkItem
{
    private const int FanOutsPerTurn = 64;

    private readonly IScheduler? _scheduler = IsPool(scheduler) ? null : scheduler;
    private FanOut? _first;
    private FanOut? _last;
    private bool _running;

    /// <summary>Whether work that is posted has run when the call returns. Then there is no other turn: a loop must not end before the work does, or each turn is a
    /// call inside of the one before.</summary>
    public bool RunsAtOnce => _scheduler == ImmediateScheduler.Instance;

    /// <summary>The next dispatcher that the same thread must start.</summary>
    public Dispatcher? NextToStart { get; set; }

    /// <summary>Queues the observers of a changed property. Under the lock.</summary>
    public void Enqueue(FanOut fanOut, ref PendingWork work)
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
            NextToStart = work.Dispatchers;
            work.Dispatchers = this;
        }
    }

    /// <summary>Starts to wake observers; on the pool when the scheduler refuses, because an end may be among the changes.</summary>
    public void Start()
    {
        if (!Post(this))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static dispatcher => dispatcher.WakeAll(refused: true), this, preferLocal: false);
        }
    }

    public void Execute() => WakeAll(refused: false);

    private void WakeAll(bool refused)
    {
        Turn? ready = null;
        bool alone = true;
        bool more = true;
        for (int i = 0; more && (i < FanOutsPerTurn || RunsAtOnce); i++)
        {
            ObserverList<Turn>.Snapshot turns = Dequeue(out more);
            for (int place = 0; place < turns.Count; place++)
            {
                if (turns[place] is { } turn && turn.Wake())
                {
                    // Each observer has its own turn of the scheduler, so that a slow one delays no other.
                    if (ready is not null)
                    {
                        ready.Schedule();
                        alone = false;
                    }

                    ready = turn;
                }
            }
        }

        if (!more && alone && !refused)
        {
            // Nothing else waits: the only observer may use this turn.
            ready?.Execute();
            return;
        }

        ready?.Schedule();
        if (more)
        {
            // Publishers that never pause must not keep this turn from the observers.
            Start();
        }
    }

    /// <summary>Runs something on the scheduler, without an allocation on the pool, or at once.</summary>
    /// <returns>False when the scheduler refused, which is reported.</returns>
    public bool Post(IThreadPoolWorkItem item)
    {
        if (_scheduler is null)
        {
            return ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }

        if (RunsAtOnce)
        {
            item.Execute();
            return true;
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
#pragma warning disable CA1031 // A subscriber's scheduler must not hurt the publisher; the exception is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            core.Report(exception);
            return false;
        }
    }

    /// <summary>As <see cref="Post"/>; on the pool when the scheduler refuses.</summary>
    public void PostSurely(IThreadPoolWorkItem item)
    {
        if (!Post(item))
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }
    }

    /// <summary>Reports what an observer threw.</summary>
    public void Report(Exception exception) => core.Report(exception);

    private static bool IsPool(IScheduler? scheduler) =>
        scheduler is null || scheduler == TaskPoolScheduler.Default || scheduler == DefaultScheduler.Instance || scheduler == ThreadPoolScheduler.Instance;

    // Taking the lock once is enough: a publisher that comes later enqueues, and starts, again.
    private ObserverList<Turn>.Snapshot Dequeue(out bool more)
    {
        lock (core.Lock)
        {
            if (_first is not { } fanOut)
            {
                more = _running = false;
                return default;
            }

            _first = fanOut.NextEnqueued;
            _last = _first is null ? null : _last;
            fanOut.NextEnqueued = null;
            fanOut.IsEnqueued = false;
            more = _running = _first is not null;
            return fanOut.Turns;
        }
    }
}
