using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>Which elements an observer wants. Never changes.</summary>
internal sealed record Interest(Access Access, uint Mask, bool Field, bool Distinct, bool SkipOwn)
{
    public bool IsFiltered => Field || Distinct || SkipOwn;

    /// <summary>Says whether an element that is not the first one is wanted.</summary>
    public bool Wants(in PropertyChange change, in PropertyChange last)
    {
        if (SkipOwn && change.Writer == Access.Writer)
        {
            return false;
        }

        if (Field && change.Kind == last.Kind && change.Type == last.Type && change.Type == PropertyType.Int)
        {
            return ((uint)(change.Int ^ last.Int) & Mask) != 0;
        }

        return !Distinct || change.Kind != last.Kind || change.Type != last.Type || change.Int != last.Int || !change.Bytes.Span.SequenceEqual(last.Bytes.Span);
    }
}
