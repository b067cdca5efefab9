using System.Text;
using Conn.DataOwners.Posix;
using Conn.PubSub;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>A private folder for one operation's temporary files: 0700, files 0600, unlinked early where the system lets us, gone on every end.</summary>
/// <remarks>What a killed process left is found by its free lock and removed by the next one that makes a spool folder there.</remarks>
internal sealed class SpoolFolder : IDisposable
{
    public const string Prefix = "conn-sqlite-";
    public const string LockName = "lock";

    private readonly FileLock _lock;

    // Open on Linux: names are removed in it, wherever the path leads by then.
    private readonly FolderHandle? _folder;
    private int _files;

    private SpoolFolder(string path, FileLock held, FolderHandle? folder)
    {
        FullPath = path;
        _lock = held;
        _folder = folder;
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
                    return new SpoolFolder(path, held, OperatingSystem.IsLinux() ? OpenOwn(path, held) : null);
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
        Unname(path);
        return file;
    }

    /// <summary>Removes the name of a file of this folder that stays open; not on Windows, where an open file keeps its name.</summary>
    public void Unname(string path)
    {
        if (_folder is not null)
        {
            Errno.Check(Kernel.Unlink(_folder.Descriptor, Name(Path.GetFileName(path))), $"The temporary file {path} could not be removed");
        }
        else if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        _folder?.Dispose();
        SpoolRemoval.Remove(FullPath, _lock);
    }

    private static FolderHandle OpenOwn(string path, FileLock held)
    {
        int error = Kernel.OpenFolder(Kernel.CurrentFolder, Name(path), out int descriptor);
        FolderHandle folder = new(descriptor);
        string? why = error != 0 ? Errno.Text(error) : OwnFile.WhyNot(descriptor, FileKind.Folder);
        if (why is null)
        {
            return folder;
        }

        folder.Dispose();
        held.Dispose();
        throw new ConnException(ErrorCode.AccessDenied, $"The new spool folder {path} is not used: {why}. Name a spool folder that only this user may write to.");
    }

    private static byte[] Name(string text) => Encoding.UTF8.GetBytes(text + '\0');

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
