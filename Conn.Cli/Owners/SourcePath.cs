using Conn.ActiveBackup;

namespace Conn.Cli.Owners;

/// <summary>A path as it was written, and what is wrong with it before anything is begun.</summary>
internal static class SourcePath
{
    /// <summary>Gets the absolute path.</summary>
    /// <exception cref="UsageException">It is no path, or begins with a <c>~</c> that the shell has left as it is.</exception>
    public static string Full(string what, string path, string? folder = null)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UsageException($"{what}: the path is empty, or no path.");
        }

        // A separator at the end is no other place, and shells complete one.
        string full = Path.TrimEndingDirectorySeparator(folder is null ? Path.GetFullPath(path) : Path.GetFullPath(path, folder));
        return path.StartsWith('~') && !Path.Exists(full)
            ? throw new UsageException($"{what}: {path} begins with ~, {(folder is null ? OfShell(path) : OfFile(path))}.")
            : full;
    }

    private static bool IsHome(string path) => path is "~" || path.StartsWith("~/", StringComparison.Ordinal);

    private static string OfShell(string path) => "which the shell replaces only at the start of a word; write the home folder out"
        + (IsHome(path) ? $", for example \"$HOME{path[1..]}\"" : "");

    /// <summary>No shell reads a configuration, and so it has no variables.</summary>
    private static string OfFile(string path) => "which only a shell replaces; write the whole path"
        + (IsHome(path) && Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? $", for example {home}{path[1..]}" : "");

    /// <summary>Gets the path as it was written.</summary>
    /// <exception cref="UsageException">It is no path, or begins with a <c>~</c> that the shell has left as it is.</exception>
    public static string Checked(string what, string path)
    {
        _ = Full(what, path);
        return path;
    }

    /// <summary>Says of a path, or of the nearest place above it that exists, that it is a link to a place that does not exist; else null.</summary>
    public static string? DanglingLink(string path)
    {
        string above = Path.GetFullPath(path);
        while (new FileInfo(above).LinkTarget is null && !Path.Exists(above) && Path.GetDirectoryName(above) is { } parent)
        {
            above = parent;
        }

        return new FileInfo(above).LinkTarget is not null && RealPath.Of(above) is var target && !Path.Exists(target)
            ? $"{above} is a link to {target}, which does not exist" : null;
    }

    /// <summary>Checks that every Required owner has a source of its kind. Best-effort owners may lack theirs: a backup is then partial.</summary>
    /// <exception cref="UsageException">A source is not there, or is something else.</exception>
    public static void RequireAll(IReadOnlyCollection<OwnerSpec> owners)
    {
        RequirePrograms(owners);
        foreach (OwnerSpec owner in owners.Where(static o => o.Policy == ActiveBackup.OwnerPolicy.Required && !o.IsCommand))
        {
            foreach (string path in owner.Drives.Values)
            {
                if (FaultOf(owner, path) is { } fault)
                {
                    throw new UsageException($"Owner {owner.Name}: {fault}");
                }
            }
        }
    }

    /// <summary>Checks that the program of every Required command owner is there and may be executed.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void RequirePrograms(IEnumerable<OwnerSpec> owners)
    {
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (OwnerSpec owner in owners.Where(static o => o.Policy == ActiveBackup.OwnerPolicy.Required && o.IsCommand))
        {
            if (FaultOf(owner, owner.Path) is { } fault)
            {
                throw new UsageException($"Owner {owner.Name}: {fault}");
            }

            if (!OperatingSystem.IsWindows() && File.Exists(owner.Path) && (File.GetUnixFileMode(owner.Path) & execute) == 0)
            {
                throw new UsageException($"Owner {owner.Name}: {owner.Path} is not executable; set its execute permission (chmod +x).");
            }
        }
    }

    /// <summary>Says what is wrong with a place of an owner that is not remote: it does not exist, or is of another kind; null when nothing is.</summary>
    public static string? FaultOf(OwnerSpec owner, string path) => Fault(path, owner.Kind == OwnerKind.Directory,
        owner.IsCommand ? "a command owner needs the program's file." : "a SQLite owner needs the database's file.");

    private static string? Fault(string path, bool folder, string needs)
    {
        if (DanglingLink(path) is { } link)
        {
            return $"{link}. Check the link, and whether its disk is mounted.";
        }

        try
        {
            bool isFolder = File.GetAttributes(path).HasFlag(FileAttributes.Directory);
            return isFolder == folder ? null
                : folder
                    ? $"{path} is a file; a directory owner needs a folder, and --sqlite is for a database."
                    : $"{path} is a folder; {needs}";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"{path} does not exist{Because(path)}. Check the path, and whether its disk is mounted.";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Nobody can say whether it is there. The owner tries, and says what failed.
            return null;
        }
    }

    /// <summary>Gets the path itself, or the nearest folder or file above it that exists.</summary>
    public static string NearestExisting(string path)
    {
        string above = path;
        while (Path.GetDirectoryName(above) is { } parent && !Path.Exists(above))
        {
            above = parent;
        }

        return above;
    }

    private static string Because(string path) => NearestExisting(path) is var above && File.Exists(above) ? $": {above} is a file" : "";
}
