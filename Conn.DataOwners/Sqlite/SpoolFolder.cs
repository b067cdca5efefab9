using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>A private folder for one operation's temporary files: 0700, files 0600, unlinked early where the system lets us, gone on every end.</summary>
/// <remarks>What a killed process left is found by its free lock and removed by the next one that makes a spool folder there.</remarks>
internal sealed class SpoolFolder : IDisposable
{
    public const string Prefix = "conn-sqlite-";
    public const string LockName = "lock";

    private readonly FileLock _lock;
    private int _files;

    private SpoolFolder(string path, FileLock held)
    {
        FullPath = path;
        _lock = held;
    }

    public string FullPath { get; }

    public static SpoolFolder Create(string? parent)
    {
        string root = Path.GetFullPath(parent ?? Path.GetTempPath());
        System.IO.Directory.CreateDirectory(root);
        SpoolRemoval.Sweep(root);
        while (true)
        {
            string path = Path.Combine(root, Prefix + Path.GetRandomFileName());
            Make(path);
            try
            {
                if (FileLock.TryCreate(Path.Combine(path, LockName)) is { } held)
                {
                    return new SpoolFolder(path, held);
                }
            }
            catch (DirectoryNotFoundException)
            {
                // Another process sweeps just now: it found the folder before it had a lock, and took it away. The next name is as good.
                continue;
            }
        }
    }

    /// <summary>A new empty file for us alone, with the name by which SQLite can open it.</summary>
    public (string Path, SafeFileHandle File) NewNamedFile()
    {
        string path = Path.Combine(FullPath, $"{_files++}.db");
        return (path, PrivateFile.Create(path));
    }

    /// <summary>A new empty file for us alone; it has no name any more where the system allows that.</summary>
    public SafeFileHandle NewFile()
    {
        (string path, SafeFileHandle file) = NewNamedFile();
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return file;
    }

    public void Dispose() => SpoolRemoval.Remove(FullPath, _lock);

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
}
