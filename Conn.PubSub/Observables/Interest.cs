namespace Conn.PubSub.Observables;

/// <summary>Invariant: what an observer wants to hear; never changes.</summary>
internal sealed record Interest(Access Access, uint Mask, bool Field, bool Distinct, bool SkipOwn)
{
    public bool IsFiltered => Field || Distinct || SkipOwn;

    /// <summary>Asked by who holds the observer's role; never for a first element.</summary>
    public bool Wants(in PropertyChange change, in PropertyChange told)
    {
        if (SkipOwn && change.Writer == Access.Client)
        {
            return false;
        }

        if (Field && change.Kind == told.Kind && change.Type == told.Type && change.Type == PropertyType.Int)
        {
            return ((uint)(change.Value ^ told.Value) & Mask) != 0;
        }

        return !Distinct || change.Kind != told.Kind || change.Type != told.Type || change.Value != told.Value
            || !change.Bytes.Span.SequenceEqual(told.Bytes.Span);
    }
}
