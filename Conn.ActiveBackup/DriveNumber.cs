namespace Conn.ActiveBackup;

/// <summary>A drive, A to Z: one of the places an owner's data may be on.</summary>
/// <remarks>A value from <see cref="FromLetter"/> or <see cref="FromIndex"/> is always legal; the default is A. Source: TDriveNumber.</remarks>
public readonly record struct DriveNumber : IComparable<DriveNumber>
{
    /// <summary>How many drives there can be: 26.</summary>
    public const int Count = 26;

    private DriveNumber(int index) => Index = index;

    /// <summary>Drive C: the one drive of an owner without a configured drive list.</summary>
    public static DriveNumber C => new(2);

    /// <summary>0 for A to 25 for Z.</summary>
    public int Index { get; }

    /// <summary>The upper-case letter.</summary>
    public char Letter => (char)('A' + Index);

    /// <summary>The drive with this letter.</summary>
    /// <param name="letter">A to Z; lower case is accepted.</param>
    /// <returns>The drive.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Not a letter from A to Z.</exception>
    public static DriveNumber FromLetter(char letter)
    {
        char upper = char.ToUpperInvariant(letter);
        return upper is >= 'A' and <= 'Z'
            ? new DriveNumber(upper - 'A')
            : throw new ArgumentOutOfRangeException(nameof(letter), letter, "A drive is a letter from A to Z.");
    }

    /// <summary>The drive with this index.</summary>
    /// <param name="index">0 to 25.</param>
    /// <returns>The drive.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Not from 0 to 25.</exception>
    public static DriveNumber FromIndex(int index) => index is >= 0 and < Count
        ? new DriveNumber(index)
        : throw new ArgumentOutOfRangeException(nameof(index), index, "A drive index is 0 to 25.");

    /// <inheritdoc/>
    public int CompareTo(DriveNumber other) => Index.CompareTo(other.Index);

    /// <summary>Orders by letter.</summary>
    /// <param name="left">One drive.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when <paramref name="left"/> comes first.</returns>
    public static bool operator <(DriveNumber left, DriveNumber right) => left.Index < right.Index;

    /// <summary>Orders by letter.</summary>
    /// <param name="left">One drive.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when <paramref name="left"/> comes last.</returns>
    public static bool operator >(DriveNumber left, DriveNumber right) => left.Index > right.Index;

    /// <summary>Orders by letter.</summary>
    /// <param name="left">One drive.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when <paramref name="left"/> does not come last.</returns>
    public static bool operator <=(DriveNumber left, DriveNumber right) => left.Index <= right.Index;

    /// <summary>Orders by letter.</summary>
    /// <param name="left">One drive.</param>
    /// <param name="right">The other.</param>
    /// <returns>True when <paramref name="left"/> does not come first.</returns>
    public static bool operator >=(DriveNumber left, DriveNumber right) => left.Index >= right.Index;

    /// <summary>The letter.</summary>
    /// <returns>For example <c>C</c>.</returns>
    public override string ToString() => Letter.ToString();
}
