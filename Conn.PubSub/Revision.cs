using System.Globalization;

namespace Conn.PubSub;

/// <summary>Represents a store-wide revision. It rises with every publish and every delete in the store.</summary>
/// <param name="Value">0 for a property that was not published since it was defined; otherwise 1 or more.</param>
/// <remarks>Each value is read together with the revision of the publish that wrote it. Two reads with the same revision read the same publish.</remarks>
public readonly record struct Revision(long Value) : IComparable<Revision>
{
    /// <summary>Gets the revision of a property that was not published since it was defined (0).</summary>
    public static Revision None => default;

    /// <summary>Returns true when <paramref name="left"/> is older.</summary>
    /// <param name="left">A revision.</param>
    /// <param name="right">Another revision of the same store.</param>
    public static bool operator <(Revision left, Revision right) => left.Value < right.Value;

    /// <summary>Returns true when <paramref name="left"/> is newer.</summary>
    /// <param name="left">A revision.</param>
    /// <param name="right">Another revision of the same store.</param>
    public static bool operator >(Revision left, Revision right) => left.Value > right.Value;

    /// <summary>Returns true when <paramref name="left"/> is not newer.</summary>
    /// <param name="left">A revision.</param>
    /// <param name="right">Another revision of the same store.</param>
    public static bool operator <=(Revision left, Revision right) => left.Value <= right.Value;

    /// <summary>Returns true when <paramref name="left"/> is not older.</summary>
    /// <param name="left">A revision.</param>
    /// <param name="right">Another revision of the same store.</param>
    public static bool operator >=(Revision left, Revision right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(Revision other) => Value.CompareTo(other.Value);

    /// <summary>Returns the revision in decimal.</summary>
    /// <returns>For example <c>42</c>.</returns>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
