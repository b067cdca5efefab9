using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// The inline observers of a property. Beside each observation is what a round calls: the observer itself when every element is simply passed on, otherwise the
/// observation. Guarded by the store's lock; a round is read without it, and the draining thread alone replaces an observation by its observer.
/// </summary>
internal sealed class InlineObservers
{
    private readonly ObserverList<InlineObservation> _all = new();
    private IObserver<PropertyChange>?[] _called = [];

    public int Count => _all.Count;

    /// <summary>In the order in which they were added; null for one that was removed.</summary>
    public ObserverList<InlineObservation>.Snapshot All => _all.Current;

    /// <summary>What a round calls, place by place.</summary>
    public IObserver<PropertyChange>?[] Called => _called;

    public void Add(InlineObservation observation)
    {
        InlineObservation?[] before = _all.Current.Items;
        _all.Add(observation);
        Update(before, observation.Place, observation);
    }

    public void Remove(InlineObservation observation)
    {
        InlineObservation?[] before = _all.Current.Items;
        _all.Remove(observation);
        Update(before, observation.Place, null);
    }

    /// <summary>Makes rounds call the observation, because its stream has ended.</summary>
    public void Ended(InlineObservation observation) => Volatile.Write(ref _called[observation.Place], observation);

    /// <summary>Makes rounds call the observer directly. By the draining thread, without the lock.</summary>
    /// <param name="called">What the round calls.</param>
    /// <param name="place">The place of the observation in the round.</param>
    /// <param name="observation">The observation.</param>
    public static void Promote(IObserver<PropertyChange>?[] called, int place, InlineObservation observation)
    {
        Volatile.Write(ref called[place], observation.Observer);

        // Who removes or ends it sets a flag first, and then clears the place: one of the two sees the other.
        if (!observation.IsPlainNow())
        {
            Volatile.Write(ref called[place], observation);
        }
    }

    private void Update(InlineObservation?[] before, int place, InlineObservation? observation)
    {
        ObserverList<InlineObservation>.Snapshot all = _all.Current;
        if (all.Items == before)
        {
            Volatile.Write(ref _called[place], observation);
            return;
        }

        // The list was packed into another array.
        var called = new IObserver<PropertyChange>?[all.Items.Length];
        for (int i = 0; i < all.Count; i++)
        {
            called[i] = all[i] is { IsPlain: true } plain ? plain.Observer : all[i];
        }

        _called = called;
    }
}
