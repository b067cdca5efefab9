namespace Conn.Cli.Owners;

/// <summary>Where a path really leads: links are followed as far as it exists, so that two ways to one place are seen to be one.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <exception cref="UsageException">The links of the path go round in circles.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string at = Path.GetPathRoot(full)!;
        Stack<string> rest = new();
        Push(rest, full[at.Length..]);
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part == "..")
            {
                at = Path.GetDirectoryName(at) ?? at;
            }
            else if (new FileInfo(Path.Combine(at, part)).LinkTarget is not { } target)
            {
                at = Path.Combine(at, part);
            }
            else if (++links > MaxLinks)
            {
                throw new UsageException($"{path} leads through too many symbolic links; name the place itself.");
            }
            else
            {
                string root = Path.GetPathRoot(target) ?? "";
                at = root.Length > 0 ? root : at;
                Push(rest, target[root.Length..]);
            }
        }

        return at;
    }

    /// <summary>Whether a place is a folder itself or lies in it, whichever way each is named.</summary>
    public static bool IsBelow(string path, string folder) => Below(Of(path), Of(folder)) is not null;

    /// <summary>A place below a folder, named through that folder's own name; null when it lies elsewhere.</summary>
    public static string? Through(string folder, string path) =>
        Below(Of(path), Of(folder)) is { } below ? below.Length == 0 ? folder : Path.Combine(folder, below) : null;

    private static string? Below(string path, string folder)
    {
        string prefix = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        return path == folder ? "" : path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : null;
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (string part in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").Reverse())
        {
            rest.Push(part);
        }
    }
}
