namespace Conn.ActiveBackup;

/// <summary>Where a path really leads: links are followed as far as it exists, so that two ways to one place are seen to be one.</summary>
public static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>Follows the links of a path as far as it exists.</summary>
    /// <param name="path">The path; absolute or relative to the current folder.</param>
    /// <returns>The absolute path without links.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.Argument"/>: the links of the path go round in circles.</exception>
    public static string Of(string path) => TryFollow(path, out string real)
        ? real : throw new ConnException(ErrorCode.Argument, $"{path} leads through too many symbolic links; name the place itself.");

    /// <summary>Follows the links of a path as far as it exists.</summary>
    /// <param name="path">The path; absolute or relative to the current folder.</param>
    /// <param name="real">Receives the absolute path without links, and without a separator at its end.</param>
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

    /// <summary>Whether a place is a folder itself or lies in it, whichever way each is named.</summary>
    /// <param name="path">The place.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>True when it is the folder or lies in it.</returns>
    public static bool IsBelow(string path, string folder) => Below(Of(path), Of(folder)) is not null;

    /// <summary>A place below a folder, named through that folder's own name; null when it lies elsewhere.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The place.</param>
    /// <returns>The path of the place, beginning with the folder; the folder itself when they are the same.</returns>
    public static string? Through(string folder, string path) =>
        Below(Of(path), Of(folder)) is { } below ? below.Length == 0 ? folder : Path.Combine(folder, below) : null;

    /// <summary>Names the places of others as an owner sees them, for <see cref="IOwnedPlaces.SetOtherPlaces"/>.</summary>
    /// <param name="own">The owner's places.</param>
    /// <param name="others">The places of others.</param>
    /// <returns>Each once, without the owner's own. What lies elsewhere is named too: it can have another name in here, such as a hard link to a
    /// database.</returns>
    public static IReadOnlyList<string> SeenFrom(IReadOnlyList<string> own, IEnumerable<string> others)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(others);
        return [.. others.SelectMany(other => own.Select(place => Through(place, other) ?? other)).Where(other => !own.Contains(other)).Distinct()];
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (string part in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(static p => p != ".").Reverse())
        {
            rest.Push(part);
        }
    }

    private static string? Below(string path, string folder)
    {
        string prefix = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        return path == folder ? "" : path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : null;
    }
}
