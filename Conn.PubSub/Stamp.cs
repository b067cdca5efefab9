using System.Globalization;

namespace Conn.PubSub;

/// <summary>The store-wide revision of a property's last publish. Rises with every publish and every delete in the store.</summary>
/// <param name="Value">0 for a property that was never published since it was defined; otherwise 1 or more.</param>
public readonly record struct Stamp(long Value) : IComparable<Stamp>
{
    /// <summary>The stamp of a property that was never published (0).</summary>
    public static Stamp Never => default;

    /// <inheritdoc/>
    public int CompareTo(Stamp other) => Value.CompareTo(other.Value);

    /// <summary>True when <paramref name="left"/> is older.</summary>
    /// <param name="left">One stamp.</param>
    /// <param name="right">Another stamp of the same store.</param>
    public static bool operator <(Stamp left, Stamp right) => left.Value < right.Value;

    /// <summary>True when <paramref name="left"/> is newer.</summary>
    /// <param name="left">One stamp.</param>
    /// <param name="right">Another stamp of the same store.</param>
    public static bool operator >(Stamp left, Stamp right) => left.Value > right.Value;

    /// <summary>True when <paramref name="left"/> is not newer.</summary>
    /// <param name="left">One stamp.</param>
    /// <param name="right">Another stamp of the same store.</param>
    public static bool operator <=(Stamp left, Stamp right) => left.Value <= right.Value;

    /// <summary>True when <paramref name="left"/> is not older.</summary>
    /// <param name="left">One stamp.</param>
    /// <param name="right">Another stamp of the same store.</param>
    public static bool operator >=(Stamp left, Stamp right) => left.Value >= right.Value;

    /// <summary>The revision in decimal.</summary>
    /// <returns>For example <c>42</c>.</returns>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
