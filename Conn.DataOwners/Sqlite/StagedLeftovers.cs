using Conn.PubSub;

namespace Conn.DataOwners.Sqlite;

/// <summary>Removes what killed restores of an owner left beside its database. What a live one holds stays, and what another user made.</summary>
/// <remarks>For recovery only: what waits to be rolled forward is not held by any process. Invariant: it never fails, because a backup must not fail for
/// it.</remarks>
internal static class StagedLeftovers
{
    public static IReadOnlyList<string> Remove(string folder, string owner)
    {
        List<string> notes = [];
        try
        {
            foreach (string path in System.IO.Directory.EnumerateFiles(folder, StagedFile.Prefix(owner) + "*"))
            {
                Remove(path, owner, notes);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            // A folder that is not there or cannot be listed is none that this user staged in: to make a staged file durable the folder must be readable.
            return notes;
        }
        catch (IOException e)
        {
            notes.Add($"Whether an interrupted restore left something in {folder} could not be found out: {e.Message}");
        }

        return notes;
    }

    private static void Remove(string path, string owner, List<string> notes)
    {
        string name = Path.GetFileName(path);
        if (name.EndsWith(CommitMark.Suffix, StringComparison.Ordinal) && StagedFile.IsName(owner, name[..^CommitMark.Suffix.Length]))
        {
            RemoveMark(path);
            return;
        }

        if (!StagedFile.IsName(owner, name))
        {
            return;
        }

        try
        {
            // Null: gone in between; or its restore is running in another process, which finds its own end.
            using FileLock? held = OwnFile.TryOpen(path) is { } file ? StagedFile.TryTake(file, path) : null;
            if (held is not null)
            {
                bool isInPlace = RandomAccess.GetLength(held.File) == 0;
                File.Delete(path);
                CommitMark.Delete(path);
                if (!isInPlace)
                {
                    notes.Add($"What an interrupted restore had staged as '{name}' was removed; nothing of it had been put in place.");
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConnException)
        {
            notes.Add($"What an interrupted restore may have staged as '{name}' was left alone: {e.Message}");
        }
    }

    // Left when a process ended between the removal of a staged file and that of its mark.
    private static void RemoveMark(string path)
    {
        if (File.Exists(path[..^CommitMark.Suffix.Length]))
        {
            return;
        }

        try
        {
            using (OwnFile.TryOpen(path))
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConnException)
        {
            // A few bytes that say nothing without their staged file; or another user's.
            return;
        }
    }
}
