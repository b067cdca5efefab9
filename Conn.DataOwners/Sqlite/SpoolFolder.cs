using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>A private folder for one operation's temporary files: 0700, files 0600, unlinked early where the system lets us, gone on every end.</summary>
/// <remarks>What a killed process left is found by its free lock and removed by the next one that makes a spool folder there.</remarks>
internal sealed class SpoolFolder : IDisposable
{
    private const string Prefix = "conn-sqlite-";
    private const string LockName = "lock";
    private const int MaxAttempts = 10;

    private readonly FileStream _lock;
    private int _files;

    private SpoolFolder(string path, FileStream @lock)
    {
        FullPath = path;
        _lock = @lock;
    }

    public string FullPath { get; }

    public static SpoolFolder Create(string? parent)
    {
        string root = Path.GetFullPath(parent ?? Path.GetTempPath());
        System.IO.Directory.CreateDirectory(root);
        Sweep(root);
        for (int attempt = 1; ; attempt++)
        {
            string path = Path.Combine(root, Prefix + Path.GetRandomFileName());
            string name = Path.Combine(path, LockName);
            Make(path);
            try
            {
                FileStream @lock = new(name, Options(FileShare.None));
                if (File.Exists(name))
                {
                    return new SpoolFolder(path, @lock);
                }

                @lock.Dispose();
            }
            catch (IOException) when (attempt < MaxAttempts)
            {
                // Another process sweeps just now: it found the lock file before it was locked, and takes the folder away. The next name is as good.
                continue;
            }
        }
    }

    /// <summary>A new empty file with a name, for SQLite to open.</summary>
    public string NewNamedFile()
    {
        string path = Path.Combine(FullPath, $"{_files++}.db");
        new FileStream(path, Options(FileShare.None)).Dispose();
        return path;
    }

    /// <summary>A new empty file for us alone; it has no name any more where the system allows that.</summary>
    public SafeFileHandle NewFile()
    {
        string path = NewNamedFile();
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return file;
    }

    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
        {
            _lock.Dispose();
            Remove(FullPath);
            return;
        }

        // Removed while it is locked: a sweeper that found the lock free would remove it at the same time.
        using (_lock)
        {
            Remove(FullPath);
        }
    }

    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(path);
        }
        else
        {
            System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStreamOptions Options(FileShare share)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>Removes what this type makes and nothing else: the temporary folder is everybody's, and a name there proves nothing.</summary>
    private static void Remove(string folder)
    {
        foreach (string file in System.IO.Directory.EnumerateFiles(folder, "*.db*").Append(Path.Combine(folder, LockName)))
        {
            File.Delete(file);
        }

        System.IO.Directory.Delete(folder);
    }

    private static void Sweep(string root)
    {
        EnumerationOptions quiet = new() { IgnoreInaccessible = true };
        foreach (string folder in System.IO.Directory.EnumerateDirectories(root, Prefix + "*", quiet))
        {
            if (new DirectoryInfo(folder).LinkTarget is not null)
            {
                continue;
            }

            string name = Path.Combine(folder, LockName);
            try
            {
                // No lock file yet: its owner is just making it. A held one: its owner lives.
                using (new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    Remove(folder);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, alive, or another user's: not ours to remove, and no reason to fail.
                continue;
            }
        }
    }
}
