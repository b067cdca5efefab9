namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: a property's inline observers at one moment. Those that hear every element, and have heard their first, are called
/// directly; the others are asked. Never changed but for one thing: who leaves puts silence in its place, for whoever is using it.
/// </summary>
internal sealed class Audience
{
    private readonly InlineObservation[] _owners;

    private Audience(InlineObservation[] owners, InlineObservation[] others)
    {
        _owners = owners;
        Others = others;
        Direct = Array.ConvertAll(owners, o => o.Observer);
    }

    public static Audience Nobody { get; } = new([], []);

    /// <summary>Who is called directly.</summary>
    public IObserver<PropertyChange>[] Direct { get; }

    /// <summary>Who is new, hears only some elements, or is to be told its end.</summary>
    public InlineObservation[] Others { get; }

    public bool IsEmpty => Direct.Length == 0 && Others.Length == 0;

    public IEnumerable<InlineObservation> All => _owners.Concat(Others);

    public int PlaceOf(InlineObservation observation) => Array.IndexOf(_owners, observation);

    public Audience With(InlineObservation observation) => new(_owners, [.. Others, observation]);

    public Audience Without(InlineObservation observation) =>
        new(Array.FindAll(_owners, o => o != observation), Array.FindAll(Others, o => o != observation));

    /// <summary>Each where it belongs now. Itself when nothing changes.</summary>
    public Audience Sorted() => Array.TrueForAll(_owners, o => o.IsPlain) && !Array.Exists(Others, o => o.IsPlain)
        ? this
        : new Audience([.. All.Where(o => o.IsPlain)], [.. All.Where(o => !o.IsPlain)]);

    public void Silence(InlineObservation observation)
    {
        int place = PlaceOf(observation);
        if (place >= 0)
        {
            Volatile.Write(ref Direct[place], Silent.Instance);
        }
    }

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
