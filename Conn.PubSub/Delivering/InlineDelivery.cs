using System.Runtime.CompilerServices;
using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// The inline observers of one property, and their delivery. Invariant: at most one thread drains at a time. A concurrent publisher sets the pending flag and returns;
/// the draining thread then delivers the current value too. So an observer that publishes its own property does not recurse, and one that publishes another property
/// recurses only to a bounded depth; beyond it the scheduler continues.
/// </summary>
internal sealed class InlineDelivery
{
    private const int Idle = 0;
    private const int Draining = 1;
    private const int DrainingAndPending = 2;
    private const int RoundsPerThread = 64;
    private const int MaxDepth = 64;

    // How many deliveries to inline observers, of any property, this thread is in.
    [ThreadStatic]
    private static int _depth;

    private int _state;

    // The round that was claimed. Written under the lock by the claiming thread.
    private InlineObservation?[] _items = [];
    private IObserver<PropertyChange>?[] _called = [];
    private int _count;

    // Used by the draining thread only, except for lists and for the question whether this thread is in a call.
    private long _delivered = Observation.Nothing;
    private int _thread;
    private int _at;

    // What an observation gets that is called in place of its observer.
    private PropertyChange _first;
    private bool _firstIsNext;
    private long _asOf;
    private long _deliveredBefore;

    // Completed when the round that runs is over. Guarded by the lock.
    private TaskCompletionSource? _roundOver;

    /// <summary>Whether this thread should not go deeper.</summary>
    public static bool IsTooDeep => _depth >= MaxDepth;

    /// <summary>Guarded by the lock.</summary>
    public InlineObservers Observers { get; } = new();

    public bool IsEmpty => Observers.Count == 0;

    /// <summary>The revision up to which all were called.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Claims the delivery, or sets the pending flag. Under the lock.</summary>
    /// <returns>True when the caller must deliver, outside the lock.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryClaim()
    {
        if (_state != Idle && Interlocked.CompareExchange(ref _state, DrainingAndPending, Draining) != Idle)
        {
            return false;
        }

        _state = Draining;
        Take();
        return true;
    }

    /// <summary>Delivers a change, holding the claim. Outside the lock.</summary>
    public void Deliver(StoreCore core, PropertyNode node, in PropertyChange change, long asOf) => Deliver(core, node, 0, _count, change, asOf);

    /// <summary>Delivers the current value to observers that have not received it, holding the claim. Outside the lock.</summary>
    public void DeliverCurrent(StoreCore core, PropertyNode node)
    {
        if (IsTooDeep)
        {
            Continue(core, node);
        }
        else
        {
            Drain(core, node);
        }
    }

    /// <summary>Delivers its first element to a new observer, holding the claim: alone, so that ten thousand that subscribe cost ten thousand calls.</summary>
    /// <param name="core">The store.</param>
    /// <param name="node">The property.</param>
    /// <param name="place">The place of the observer when the delivery was claimed.</param>
    /// <param name="first">The first element.</param>
    /// <param name="asOf">The name's last revision.</param>
    public void DeliverFirst(StoreCore core, PropertyNode node, int place, in PropertyChange first, long asOf) =>
        Deliver(core, node, place, place + 1, first, asOf);

    /// <summary>Whether this thread is inside a call of the observer, which may have been removed during it.</summary>
    public bool IsCalling(InlineObservation observation)
    {
        if (Volatile.Read(ref _thread) != Environment.CurrentManagedThreadId)
        {
            return false;
        }

        InlineObservation? called = Volatile.Read(ref _items[_at]);
        return called == observation || (called is null && observation.Place == _at && observation.LeftItems == _items);
    }

    /// <summary>Completes when no round runs that was claimed before.</summary>
    public Task WhenRoundIsOver(StoreCore core)
    {
        lock (core.Lock)
        {
            if (_state == Idle || Interlocked.CompareExchange(ref _state, DrainingAndPending, Draining) == Idle)
            {
                return Task.CompletedTask;
            }

            _roundOver ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _roundOver.Task;
        }
    }

    /// <summary>Delivers to an observer for which an element needs more than a call. Called by a round.</summary>
    public void CallSpecially(InlineObservation observation, in PropertyChange next)
    {
        int place = _at;
        observation.DeliverSpecially(_firstIsNext ? next : _first, next, _asOf, _deliveredBefore);
        if (observation.IsPlain)
        {
            InlineObservers.Promote(_called, place, observation);
        }
    }

    private void Deliver(StoreCore core, PropertyNode node, int from, int to, in PropertyChange change, long asOf)
    {
        ref int depth = ref _depth;
        if (depth >= MaxDepth)
        {
            Continue(core, node);
            return;
        }

        depth++;
        _firstIsNext = true;
        Call(core, from, to, change, asOf);
        depth--;
        if (!TryRelease())
        {
            Drain(core, node);
        }
    }

    // Calls every observer of a round; one that throws is reported, and the next one is called.
    private void Call(StoreCore core, int from, int to, in PropertyChange next, long asOf)
    {
        long before = _delivered;
        bool isNewer = asOf > before;
        (_asOf, _deliveredBefore, _at) = (asOf, before, from);
        if (isNewer)
        {
            Volatile.Write(ref _delivered, asOf);
        }

        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        while (_at < to)
        {
            try
            {
                if (isNewer)
                {
                    CallAll(to, next);
                }
                else
                {
                    CallSpecial(to, next);
                }
            }
#pragma warning disable CA1031 // An observer's exception hurts no other; it is reported.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                core.Report(exception);
                _at++;
            }
        }

        Volatile.Write(ref _thread, 0);
    }

    // Apart from the guarded region, in which nothing stays in registers.
    private void CallAll(int to, in PropertyChange next)
    {
        IObserver<PropertyChange>?[] called = _called;
        for (int i = _at; i < to; _at = ++i)
        {
            Volatile.Read(ref called[i])?.OnNext(next);
        }
    }

    // Nothing is newer: only observers without an element, or whose stream has ended, are called.
    private void CallSpecial(int to, in PropertyChange next)
    {
        InlineObservation?[] items = _items;
        for (int i = _at; i < to; _at = ++i)
        {
            if (Volatile.Read(ref items[i]) is { IsPlain: false } observation)
            {
                CallSpecially(observation, next);
            }
        }
    }

    // A reference costs more to write than to compare.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take()
    {
        if (_called != Observers.Called)
        {
            (_items, _called) = (Observers.All.Items, Observers.Called);
        }

        _count = Observers.All.Count;
    }

    // Fails when the pending flag was set.
    private bool TryRelease() => Interlocked.CompareExchange(ref _state, Idle, Draining) == Draining;

    private void Drain(StoreCore core, PropertyNode node)
    {
        for (int round = 1; ; round++)
        {
            PropertyChange first;
            PropertyChange last;
            long asOf;
            TaskCompletionSource? over;
            lock (core.Lock)
            {
                _state = Draining;
                Take();
                (first, last, asOf) = (node.First(), node.Last(), node.LastRevision);
                (over, _roundOver) = (_roundOver, null);
            }

            over?.TrySetResult();
            _depth++;
            (_firstIsNext, _first) = (false, first);
            Call(core, 0, _count, last, asOf);
            _depth--;
            if (TryRelease())
            {
                return;
            }

            // Observers that publish in a circle must not hold this publisher for ever.
            if (round == RoundsPerThread)
            {
                Continue(core, node);
                return;
            }
        }
    }

    // The claim moves to the scheduler, or to the pool when that refuses.
    private static void Continue(StoreCore core, PropertyNode node) => core.DefaultDispatcher.PostSurely(new InlineContinuation(core, node));
}
