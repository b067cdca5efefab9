using System.Reactive.Concurrency;

namespace Conn.Testing.Suites.Bus;

/// <summary>A historical scheduler for stores whose changes come by other threads: what these schedule runs in the next <see cref="VirtualTimeSchedulerBase{TAbsolute, TRelative}.Start"/>.
/// The queue of the base class is for one thread.</summary>
internal sealed class SharedHistoricalScheduler : HistoricalScheduler
{
    private readonly Lock _lock = new(); // guards the queue
    private readonly SchedulerQueue<DateTimeOffset> _queue = new();

    public override IDisposable ScheduleAbsolute<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action)
    {
        ScheduledItem<DateTimeOffset, TState>? item = null;
        item = new ScheduledItem<DateTimeOffset, TState>(this, state, Run, dueTime, Comparer);
        lock (_lock)
        {
            _queue.Enqueue(item);
        }

        return item;

        IDisposable Run(IScheduler scheduler, TState given)
        {
            lock (_lock)
            {
                _queue.Remove(item!);
            }

            return action(scheduler, given);
        }
    }

    protected override IScheduledItem<DateTimeOffset>? GetNext()
    {
        lock (_lock)
        {
            while (_queue.Count > 0)
            {
                ScheduledItem<DateTimeOffset> next = _queue.Peek();
                if (!next.IsCanceled)
                {
                    return next;
                }

                _queue.Dequeue();
            }

            return null;
        }
    }
}
