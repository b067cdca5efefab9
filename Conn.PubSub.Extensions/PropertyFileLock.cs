using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Extensions;

/// <summary>
/// Exclusive use of a property file, by a lock on a lock file beside it. Invariant: at most one holder among all processes, until it is disposed or its
/// process ends. The
/// lock file stays: removing it would let two stores lock two files of one name. It has an id of the holder, which shows when another program replaced it.
/// </summary>
internal sealed class PropertyFileLock : IDisposable
{
    private readonly string _path;
    private readonly byte[] _id = Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"));
    private readonly FileLock _lock;

    private PropertyFileLock(string path, FileLock held)
    {
        (_path, _lock) = (path, held);
        RandomAccess.Write(held.File, _id, 0);
    }

    /// <summary>Whether the lock file is still this holder's.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool IsHeld => OperatingSystem.IsWindows() || (File.Exists(_path) && HasId());

    /// <summary>Takes the lock; null when another store has it.</summary>
    /// <exception cref="IOException">The file cannot be opened, is a link, or the place has no locks.</exception>
    public static PropertyFileLock? TryTake(string path)
    {
        SafeFile.RefuseLink(path);
        return SafeFile.Run(path, static p =>
        {
            if (!File.Exists(p))
            {
                Make(p);
            }

            return FileLock.TryTake(p) is { } held ? new PropertyFileLock(p, held) : null;
        });
    }

    public void Dispose() => _lock.Dispose();

    private bool HasId()
    {
        // Opened without the shared lock of .NET, which this holder's own lock refuses.
        using SafeFileHandle file = ExistingFile.Open(_path, 0);
        byte[] id = new byte[_id.Length + 1];
        return id.AsSpan(0, RandomAccess.Read(file, id, 0)).SequenceEqual(_id);
    }

    private static void Make(string path)
    {
        try
        {
            PrivateFile.Create(path).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it at this moment; the lock decides.
            return;
        }
    }
}
