using Conn.ActiveBackup;

namespace Conn.DataOwners;

/// <summary>The one name of a place on disk. A repository compares sources by their text, so that every way to write a place must give the same text.</summary>
public static class SourcePlace
{
    /// <summary>Gets the full path of a place: without <c>.</c>, <c>..</c> and a separator at its end, and with every symbolic link followed as far as the path
    /// exists.</summary>
    /// <param name="path">A file or folder; absolute or relative to the current folder. It need not exist.</param>
    /// <returns>The path. Where the links go round in circles, the full path as it was written.</returns>
    public static string Of(string path) => RealPath.TryFollow(path, out string real) ? real : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Gets one text for the places of an owner: of one drive its place, of several each with its letter.</summary>
    /// <param name="drives">A file or folder for each drive; at least one.</param>
    /// <returns>For example <c>/srv/notes</c> or <c>C=/srv/a, D=/srv/b</c>.</returns>
    public static string Of(IReadOnlyDictionary<DriveNumber, string> drives)
    {
        ArgumentNullException.ThrowIfNull(drives);
        return drives.Count == 1 ? Of(drives.Values.First())
            : string.Join(", ", drives.OrderBy(static d => d.Key).Select(static d => $"{d.Key}={Of(d.Value)}"));
    }
}
