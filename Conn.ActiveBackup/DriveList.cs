using System.Collections;
using System.Numerics;

namespace Conn.ActiveBackup;

/// <summary>A set of drives, always walked from A to Z.</summary>
/// <param name="Bits">Bit 0 is A, bit 25 is Z; higher bits are ignored.</param>
/// <remarks>Source: TDriveList.</remarks>
public readonly record struct DriveList(uint Bits) : IReadOnlyCollection<DriveNumber>
{
    private const uint Mask = (1u << DriveNumber.Count) - 1;

    /// <summary>No drive.</summary>
    public static DriveList Empty => default;

    /// <summary>How many drives are in the list, 0 to 26.</summary>
    public int Count => BitOperations.PopCount(Bits & Mask);

    /// <summary>A list of these drives.</summary>
    /// <param name="drives">Any drives; a double one counts once.</param>
    /// <returns>The list.</returns>
    public static DriveList Of(params ReadOnlySpan<DriveNumber> drives)
    {
        uint bits = 0;
        foreach (DriveNumber drive in drives)
        {
            bits |= 1u << drive.Index;
        }

        return new DriveList(bits);
    }

    /// <summary>Whether the list holds a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>True when it does.</returns>
    public bool Contains(DriveNumber drive) => (Bits & (1u << drive.Index)) != 0;

    /// <summary>The drives of both lists.</summary>
    /// <param name="other">The other list.</param>
    /// <returns>A new list.</returns>
    public DriveList Union(DriveList other) => new(Bits | other.Bits);

    /// <inheritdoc/>
    public IEnumerator<DriveNumber> GetEnumerator()
    {
        for (uint rest = Bits & Mask; rest != 0; rest &= rest - 1)
        {
            yield return DriveNumber.FromIndex(BitOperations.TrailingZeroCount(rest));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The letters in order.</summary>
    /// <returns>For example <c>CE</c>.</returns>
    public override string ToString() => string.Concat(this);
}
