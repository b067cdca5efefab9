using Conn.DataOwners;

namespace Conn.Cli.Owners;

/// <summary>Where a path really leads: links are followed as far as it exists, so that two ways to one place are seen to be one.</summary>
internal static class RealPath
{
    /// <exception cref="UsageException">The links of the path go round in circles.</exception>
    public static string Of(string path) => SourcePlace.TryFollow(path, out string real) ? real
        : throw new UsageException($"{path} leads through too many symbolic links; name the place itself.");

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
}
