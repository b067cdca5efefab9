namespace Conn.Engine.Loop;

/// <summary>The engine's own thread: it runs the engine's loop and waits for the engine's timers, so that neither needs a thread that owners can use
/// up.</summary>
/// <remarks>The clock is the system's; only the timers are its own. Any thread may call it; what is posted and what is due runs on the thread, one at a
/// time.</remarks>
internal sealed class EngineThread : TimeProvider, IDisposable
{
    private readonly object _lock = new(); // guards everything below; an object, because the thread waits on it with a limit
    private readonly Queue<Action> _posted = new();
    private readonly SortedSet<ThreadTimer> _due = new(Comparer<ThreadTimer>.Create(static (a, b) => (a.At, a.Number).CompareTo((b.At, b.Number))));
    private readonly Action<Exception> _failed;
    private long _timers;
    private bool _stopped;

    /// <summary>Starts the thread.</summary>
    /// <param name="failed">Receives what a posted action or a timer throws; must not throw.</param>
    public EngineThread(Action<Exception> failed)
    {
        _failed = failed;
        new Thread(Run) { IsBackground = true, Name = "Conn engine" }.Start();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ThreadTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Queues an action. After Dispose it runs on the thread pool, so that whoever waits for it gets an answer.</summary>
    public void Post(Action action)
    {
        lock (_lock)
        {
            if (!_stopped)
            {
                _posted.Enqueue(action);
                Monitor.Pulse(_lock);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static a => a(), action, preferLocal: false);
    }

    /// <summary>Ends the thread after what is posted. Timers end with it. Does not wait.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.Pulse(_lock);
        }
    }

    private void Run()
    {
        while (Next() is { } action)
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // The thread must outlive whatever runs on it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failed(e);
            }
        }
    }

    /// <summary>Waits for what comes first: an action, a timer, or the end.</summary>
    private Action? Next()
    {
        lock (_lock)
        {
            while (!_stopped)
            {
                if (TryTakeDue(out Action? due, out TimeSpan left) || _posted.TryDequeue(out due))
                {
                    return due;
                }

                Monitor.Wait(_lock, left);
            }

            return _posted.TryDequeue(out Action? rest) ? rest : null;
        }
    }

    /// <summary>Called with the lock held.</summary>
    private bool TryTakeDue(out Action? due, out TimeSpan left)
    {
        (due, left) = (null, Timeout.InfiniteTimeSpan);
        if (_due.Min is not { } next)
        {
            return false;
        }

        if (GetTimestamp() is var now && next.At > now)
        {
            // Rounded up, so that the thread does not wake before the moment.
            left = TimeSpan.FromMilliseconds(Math.Ceiling(GetElapsedTime(now, next.At).TotalMilliseconds));
            return false;
        }

        due = next.Fire();
        return true;
    }

    /// <summary>A timer of this thread. Only one that is due some time is kept by it.</summary>
    private sealed class ThreadTimer(EngineThread thread, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        /// <summary>The timestamp at which it is due. Does not change while the thread keeps it.</summary>
        public long At { get; private set; }

        /// <summary>Tells timers apart that are due at the same time.</summary>
        public long Number { get; } = Interlocked.Increment(ref thread._timers);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (thread._lock)
            {
                _period = period;
                Schedule(dueTime);
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        /// <summary>Called with the lock held.</summary>
        public Action Fire()
        {
            Schedule(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
            return () => callback(state);
        }

        private void Schedule(TimeSpan dueTime)
        {
            thread._due.Remove(this);
            if (dueTime >= TimeSpan.Zero)
            {
                At = thread.GetTimestamp() + (long)(dueTime.TotalSeconds * thread.TimestampFrequency);
                thread._due.Add(this);
                Monitor.Pulse(thread._lock);
            }
        }
    }
}
