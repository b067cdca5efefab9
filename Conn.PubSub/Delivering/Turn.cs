using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>Does its rounds one at a time, on a scheduler.</summary>
internal interface ITurnTaker
{
    /// <summary>Whether the stream has ended: then a round runs on the pool if the scheduler refuses it.</summary>
    bool HasEnd { get; }

    /// <summary>Reads the store and delivers what is new. If the observer throws, the turn reports it, and another round follows.</summary>
    /// <returns>True when there is more to deliver at once.</returns>
    bool Round();
}

/// <summary>The rounds of one subscriber. Invariant: scheduled or running at most once; a change during a round causes another one.</summary>
internal sealed class Turn(ITurnTaker taker, Dispatcher dispatcher) : IThreadPoolWorkItem, IListed
{
    private const int RoundsPerTurn = 64;
    private const int Idle = 0;
    private const int Scheduled = 1;
    private const int Running = 2;
    private const int RunningAndChanged = 3;

    private int _state;
    private int _thread;
    private TaskCompletionSource? _roundOver;

    public ITurnTaker Taker => taker;

    public int Place { get; set; }

    /// <summary>Whether this thread is inside a round.</summary>
    public bool IsOnThisThread => Volatile.Read(ref _thread) == Environment.CurrentManagedThreadId;

    private bool IsRunning => Volatile.Read(ref _state) is Running or RunningAndChanged;

    /// <summary>Says that there may be something new.</summary>
    /// <returns>True when the caller must schedule or execute this.</returns>
    public bool Wake()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Idle when Interlocked.CompareExchange(ref _state, Scheduled, Idle) == Idle:
                    return true;
                case Scheduled or RunningAndChanged:
                    return false;
                case Running when Interlocked.CompareExchange(ref _state, RunningAndChanged, Running) == Running:
                    return false;
            }
        }
    }

    public void Schedule()
    {
        if (dispatcher.Post(this))
        {
            return;
        }

        if (taker.HasEnd)
        {
            // The end is delivered in any case.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        // Refused, and reported: the next change tries again.
        Interlocked.Exchange(ref _state, Idle);
        if (taker.HasEnd && Wake())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    public void Execute()
    {
        for (int round = 0; round < RoundsPerTurn || dispatcher.RunsAtOnce; round++)
        {
            Interlocked.Exchange(ref _state, Running);
            EndBarrier();
            Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
            bool more = Round();
            Volatile.Write(ref _thread, 0);
            if (!more && Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
            {
                EndBarrier();
                return;
            }
        }

        // Other work of the scheduler gets its turn.
        Interlocked.Exchange(ref _state, Scheduled);
        EndBarrier();
        Schedule();
    }

    /// <summary>Completes when no round runs that began before this call.</summary>
    public Task WhenRoundIsOver()
    {
        if (!IsRunning)
        {
            return Task.CompletedTask;
        }

        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource barrier = Interlocked.CompareExchange(ref _roundOver, fresh, null) ?? fresh;
        if (!IsRunning)
        {
            barrier.TrySetResult();
        }

        return barrier.Task;
    }

    private bool Round()
    {
        try
        {
            return taker.Round();
        }
#pragma warning disable CA1031 // An observer's exception hurts no other; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            dispatcher.Report(exception);
            return true;
        }
    }

    private void EndBarrier()
    {
        if (Volatile.Read(ref _roundOver) is not null)
        {
            Interlocked.Exchange(ref _roundOver, null)?.TrySetResult();
        }
    }
}
