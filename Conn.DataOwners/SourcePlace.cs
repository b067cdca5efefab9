namespace Conn.DataOwners;

/// <summary>The one name of a place on disk. A repository compares sources by their text, so that every way to write a place must give the same text.</summary>
public static class SourcePlace
{
    private const int MaxLinks = 40;

    /// <summary>Gets the full path of a place: without <c>.</c>, <c>..</c> and a separator at its end, and with every symbolic link followed as far as the path
    /// exists.</summary>
    /// <param name="path">A file or folder; absolute or relative to the current folder. It need not exist.</param>
    /// <returns>The path. Where the links go round in circles, the full path as it was written.</returns>
    public static string Of(string path) => TryFollow(path, out string real) ? real : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Follows the links of a path, as <see cref="Of"/> does.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="real">Receives the path.</param>
    /// <returns>False when the links go round in circles.</returns>
    public static bool TryFollow(string path, out string real)
    {
        string full = Path.GetFullPath(path);
        real = Path.GetPathRoot(full)!;
        Stack<string> rest = new();
        Push(rest, full[real.Length..]);
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
            }
            else if (new FileInfo(Path.Combine(real, part)).LinkTarget is not { } target)
            {
                real = Path.Combine(real, part);
            }
            else if (++links > MaxLinks)
            {
                return false;
            }
            else
            {
                string root = Path.GetPathRoot(target) ?? "";
                real = root.Length > 0 ? root : real;
                Push(rest, target[root.Length..]);
            }
        }

        return true;
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (string part in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(static p => p != ".").Reverse())
        {
            rest.Push(part);
        }
    }
}
