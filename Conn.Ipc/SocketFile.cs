using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Conn.Ipc;

/// <summary>The socket file of a server: bound under a lock file, for this user only, and removed with it.</summary>
internal sealed class SocketFile : IDisposable
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int Backlog = 4096;

    private readonly FileLock _lock;

    private SocketFile(string path, FileLock held, Socket listener)
    {
        Path = path;
        _lock = held;
        Listener = listener;
    }

    public string Path { get; }

    public Socket Listener { get; }

    /// <summary>Listens at a path. The file of a server that has crashed is replaced.</summary>
    /// <exception cref="ConnException">InUse: another server listens there. AccessDenied: the folder is another user's. Argument: the path is too long.</exception>
    public static SocketFile Listen(string path, uint? group)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new ConnException(ErrorCode.NotSupported, "The server needs Unix domain sockets with the peer's identity, which this system does not have.");
        }

        IpcSocketPath.Checked(path);
        RequireFree(path);
        FileLock held = Prepare(path, group) ?? throw InUse(path);
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            RemoveStale(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (group is { } number)
            {
                Open(path, number);
            }

            listener.Listen(Backlog);
            return new SocketFile(path, held, listener);
        }
        catch
        {
            listener.Dispose();
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // Closing the listener removes its file; the lock is released last.
        Listener.Dispose();
        File.Delete(Path);
        _lock.Dispose();
    }

    /// <summary>Lets the users of a group connect.</summary>
    [UnsupportedOSPlatform("windows")]
    private static void Open(string path, uint group)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        if (!IsOpen(folder, group))
        {
            FolderOwner.GiveToGroup(folder, group);
            File.SetUnixFileMode(folder, FolderMode | UnixFileMode.GroupExecute);
        }

        FolderOwner.GiveToGroup(path, group);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
    }

    /// <exception cref="ConnException">Argument: something that is no socket is there.</exception>
    private static void RequireFree(string path)
    {
        if (new FileInfo(path).LinkTarget is not null || (System.IO.Path.Exists(path) && !FolderOwner.IsSocket(path)))
        {
            throw new ConnException(ErrorCode.Argument, $"'{path}' is there and is no socket. Move it away, or choose another path for the socket.");
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static FileLock? Prepare(string path, uint? group)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        try
        {
            PrepareFolder(folder);
            if (group is { } number)
            {
                RequireOwnFolder(path, folder, number);
            }

            return Take(path + ".lock");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnException(ErrorCode.Argument, $"The socket cannot be made at '{path}': {e.Message} Choose another path.", e);
        }
    }

    /// <summary>The folder of a socket with a group is given to that group, so it must be there for the socket alone.</summary>
    [UnsupportedOSPlatform("windows")]
    private static void RequireOwnFolder(string path, string folder, uint group)
    {
        if (!IsOpen(folder, group) && Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(e => !e.StartsWith(path, StringComparison.Ordinal)) is { } other)
        {
            throw new ConnException(ErrorCode.Argument, $"The folder of the socket, '{folder}', would be given to group {group}, and holds '{other}' too. Choose a folder for the "
                + "socket alone, or give it that group and mode 0710 or more yourself.");
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static bool IsOpen(string folder, uint group) =>
        FolderOwner.Of(folder).Group == group && File.GetUnixFileMode(folder).HasFlag(FolderMode | UnixFileMode.GroupExecute);

    private static FileLock? Take(string path) => File.Exists(path) ? FileLock.TryTake(path) : FileLock.TryCreate(path);

    [UnsupportedOSPlatform("windows")]
    private static void PrepareFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, FolderMode);
        }

        if (FolderOwner.Of(folder) is (uint owner, _) && owner != LibC.EffectiveUser())
        {
            throw new ConnException(ErrorCode.AccessDenied, $"The folder of the socket, '{folder}', belongs to user {owner}. Choose a folder of this user.");
        }

        UnixFileMode others = File.GetUnixFileMode(folder) & ~FolderMode;
        if ((others & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new ConnException(ErrorCode.AccessDenied, $"Other users may write into the folder of the socket, '{folder}'. Set its mode to 0700.");
        }
    }

    // Under the lock file, so no other server of ours binds in between.
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw InUse(path);
    }

    private static ConnException InUse(string path) => new(ErrorCode.InUse, $"Another server listens at '{path}'. Stop it first, or choose another path.");
}
