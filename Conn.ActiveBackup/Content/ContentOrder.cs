namespace Conn.ActiveBackup.Content;

/// <summary>Orders paths as lists of content do: name by name in bytes, a folder directly before what is in it.</summary>
public static class ContentOrder
{
    /// <summary>Compares two paths.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other path.</param>
    /// <returns>Less than 0 if <paramref name="left"/> comes first, 0 if they are equal, else more than 0.</returns>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int common = left.CommonPrefixLength(right);
        return common == left.Length || common == right.Length ? left.Length.CompareTo(right.Length) : Weight(left[common]) - Weight(right[common]);
    }

    /// <summary>Says whether a path is below a folder.</summary>
    /// <param name="path">The path.</param>
    /// <param name="folder">The folder; empty for the folder of the drive.</param>
    /// <returns>True if it is in the folder or in one of its folders; false for the folder itself.</returns>
    public static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> folder) =>
        folder.IsEmpty ? !path.IsEmpty : path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder);

    private static int Weight(byte value) => value == '/' ? 0 : value;
}
