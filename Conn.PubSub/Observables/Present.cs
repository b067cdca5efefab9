namespace Conn.PubSub.Observables;

/// <summary>Invariant: a property and its inline observers at one moment, taken under the gate.</summary>
internal readonly struct Present(Audience audience, in PropertyChange current, in PropertyChange last, long asOf)
{
    public readonly Audience Audience = audience;

    /// <summary>For who is new.</summary>
    public readonly PropertyChange Current = current;

    /// <summary>For everybody else.</summary>
    public readonly PropertyChange Last = last;

    public readonly long AsOf = asOf;
}
