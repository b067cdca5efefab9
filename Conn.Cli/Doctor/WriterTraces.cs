using Conn.SystemCalls;
using Microsoft.Win32.SafeHandles;

namespace Conn.Cli.Doctor;

/// <summary>What a writer of a repository does, or what a killed one has left. The names of the files are those of docs/format.md.</summary>
/// <param name="Holder">The name that the last holder of the lock wrote; null when the file is not there.</param>
/// <param name="Since">When it wrote it.</param>
/// <param name="IsHeld">Whether the lock is held now.</param>
/// <param name="Leftovers">The files and folders of an unfinished write.</param>
internal sealed record WriterTraces(string? Holder, DateTimeOffset? Since, bool IsHeld, IReadOnlyList<string> Leftovers)
{
    private const string LockFile = "lock";
    private const string HolderFile = "lock.holder";
    private const string Unfinished = "tmp";
    private const string Restores = "restores";
    private const int MaxHolderLength = 256;

    /// <summary>Reads them.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public static WriterTraces Read(string repository)
    {
        string place = Path.Combine(repository, HolderFile);
        bool hasHolder = File.Exists(place);

        // A holder writes its name as soon as it has the lock. Without a name the lock is not touched, so that a writer that begins now is never refused.
        bool isHeld = hasHolder && IsLocked(Path.Combine(repository, LockFile));
        return new WriterTraces(hasHolder ? HolderIn(place) : null, hasHolder ? File.GetLastWriteTimeUtc(place) : null, isHeld, [.. LeftoversIn(repository)]);
    }

    private static string HolderIn(string file)
    {
        string name = string.Concat(File.ReadAllText(file).Where(static c => !char.IsControl(c)).Take(MaxHolderLength));
        return name.Length > 0 ? name : "an unknown process";
    }

    private static bool IsLocked(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        if (OperatingSystem.IsWindows())
        {
            using FileLock? free = FileLock.TryTake(file);
            return free is null;
        }

        // Opened for reading: this needs no permission to write, and works on a read-only medium.
        SafeFileHandle opened = ExistingFile.Open(file, OpenFlags.NoFollow);
        using FileLock? taken = FileLock.TryTake(opened, file);
        return taken is null;
    }

    private static IEnumerable<string> LeftoversIn(string repository)
    {
        string unfinished = Path.Combine(repository, Unfinished);
        string restores = Path.Combine(repository, Restores);
        return [
            .. Directory.Exists(unfinished) ? Directory.EnumerateFileSystemEntries(unfinished) : [],
            .. Directory.EnumerateFiles(repository, "*.new"),
            .. Directory.Exists(restores) ? Directory.EnumerateFiles(restores, "*.new") : [],
        ];
    }
}
