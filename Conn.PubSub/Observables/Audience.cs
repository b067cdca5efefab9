namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: a property's inline observers at one moment. Those that hear every element, and have heard their first, are called
/// directly; the others are asked. Never changed but for one thing: who leaves puts silence in its place, for whoever is using it.
/// </summary>
internal sealed class Audience
{
    private readonly InlineObservation[] _owners;

    private Audience(InlineObservation[] owners, IObserver<PropertyChange>[] direct, InlineObservation[] others, bool hasEnded = false)
    {
        _owners = owners;
        Direct = direct;
        Others = others;
        HasEnded = hasEnded;
    }

    public static Audience Nobody { get; } = new([], [], []);

    /// <summary>Who is called directly.</summary>
    public IObserver<PropertyChange>[] Direct { get; }

    /// <summary>Who is new, hears only some elements, or is to be told its end.</summary>
    public InlineObservation[] Others { get; }

    /// <summary>True while some of those called directly are to be told their end instead.</summary>
    public bool HasEnded { get; }

    public bool IsEmpty => Direct.Length == 0 && Others.Length == 0;

    public IEnumerable<InlineObservation> All => _owners.Concat(Others);

    public int PlaceOf(InlineObservation observation) => Array.IndexOf(_owners, observation);

    public Audience With(InlineObservation observation) => new(_owners, Direct, [.. Others, observation], HasEnded);

    /// <summary>Another one, to be sorted before anybody is told.</summary>
    public Audience Ending() => new(_owners, Direct, Others, hasEnded: true);

    public Audience Without(InlineObservation observation)
    {
        int place = PlaceOf(observation);
        int other = place >= 0 ? -1 : Array.IndexOf(Others, observation);
        return _owners.Length + Others.Length <= 1 ? Nobody
            : place >= 0 ? new Audience(Without(_owners, place), Without(Direct, place), Others, HasEnded)
            : new Audience(_owners, Direct, Without(Others, other), HasEnded);
    }

    /// <summary>Each where it belongs now; who is called directly no more learns up to where it was. Itself when nothing changes.</summary>
    public Audience Sorted(long told)
    {
        if (!HasEnded && Array.TrueForAll(_owners, static o => o.IsPlain) && !Array.Exists(Others, static o => o.IsPlain))
        {
            return this;
        }

        if (_owners.Length == 0 && Array.TrueForAll(Others, static o => o.IsPlain))
        {
            return new Audience(Others, Array.ConvertAll(Others, static o => o.Observer), []);
        }

        Array.ForEach(_owners, o => o.CatchUp(told));
        InlineObservation[] all = [.. _owners, .. Others];
        InlineObservation[] plain = Array.FindAll(all, static o => o.IsPlain);
        return new Audience(plain, Array.ConvertAll(plain, static o => o.Observer), Array.FindAll(all, static o => !o.IsPlain));
    }

    public void Silence(InlineObservation observation)
    {
        int place = PlaceOf(observation);
        if (place >= 0)
        {
            Volatile.Write(ref Direct[place], Silent.Instance);
        }
    }

    private static T[] Without<T>(T[] items, int place) => [.. items.AsSpan(0, place), .. items.AsSpan(place + 1)];

    /// <summary>Invariant: hears nothing.</summary>
    private sealed class Silent : IObserver<PropertyChange>
    {
        public static Silent Instance { get; } = new();

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value)
        {
        }
    }
}
