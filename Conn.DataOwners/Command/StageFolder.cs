using System.Security.Cryptography;
using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Command;

/// <summary>The private folder (0700) of one operation: the program's staging folder, the stream of a restore, and how far the restore is.</summary>
/// <remarks>Invariant: it is locked while its process uses it. The folder around it belongs to this user, and nobody else can write to it, so what is found
/// in it is trusted.</remarks>
internal sealed class StageFolder : IDisposable
{
    public const int IdBytes = 8;
    private const string LockName = "lock";
    private const string StateName = "state";

    private readonly FileLock _lock;

    private StageFolder(string path, FileLock held) => (FullPath, _lock) = (path, held);

    public string FullPath { get; }

    /// <summary>Where the program may put what it stages.</summary>
    public string Staging => Path.Combine(FullPath, "staging");

    /// <summary>The stream of a restore.</summary>
    public string StreamPath => Path.Combine(FullPath, "stream");

    public byte[] Id => Convert.FromHexString(Path.GetFileName(FullPath)[^(IdBytes * 2)..]);

    /// <summary>The path of the folder with an id.</summary>
    public static string PathOf(CommandOwnerOptions options, ReadOnlySpan<byte> id) =>
        Path.Combine(options.StagingFolder!, PrefixOf(options) + Convert.ToHexStringLower(id));

    /// <summary>How the names of an owner's entries begin: owners of one name with other programs or arguments leave each other's alone.</summary>
    public static string PrefixOf(CommandOwnerOptions options) =>
        $"{options.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [options.Program, .. options.Arguments]))))[..8]}-";

    /// <summary>Makes a folder beside all others: one that is there may be of a committed restore that waits.</summary>
    /// <exception cref="ConnException">AccessDenied: others could write to the folder around it.</exception>
    public static StageFolder Create(CommandOwnerOptions options)
    {
        RequireRoot(options.StagingFolder!);
        while (true)
        {
            string path = PathOf(options, RandomNumberGenerator.GetBytes(IdBytes));
            Make(path);
            try
            {
                if (FileLock.TryCreate(Path.Combine(path, LockName)) is { } held)
                {
                    StageFolder made = new(path, held);
                    Make(made.Staging);
                    return made;
                }
            }
            catch (DirectoryNotFoundException)
            {
                // A recovery in another process found the folder before it had a lock, and removed it. The next name is as good.
                continue;
            }
        }
    }

    /// <summary>Takes a folder that is there. Null when a live process has it.</summary>
    /// <exception cref="IOException">There is none, or it has no lock file.</exception>
    public static StageFolder? TryTake(string path) => FileLock.TryTake(Path.Combine(path, LockName)) is { } held ? new StageFolder(path, held) : null;

    /// <summary>The folders of an owner.</summary>
    public static string[] All(CommandOwnerOptions options)
    {
        string root = options.StagingFolder!;
        if (!System.IO.Directory.Exists(root))
        {
            return [];
        }

        RequireRoot(root);
        return [.. System.IO.Directory.EnumerateDirectories(root, $"{PrefixOf(options)}*").Where(p => IsName(Path.GetFileName(p)[PrefixOf(options).Length..]))];
    }

    /// <summary>Makes the folder around the private folders if it is missing, and checks that only this user can write to it.</summary>
    /// <exception cref="ConnException">AccessDenied: others can.</exception>
    public static void RequireRoot(string root)
    {
        const int writableByOthers = 0x12;
        if (!System.IO.Directory.Exists(root))
        {
            Make(root);
        }

        int error = FolderHandle.Open(Encoding.UTF8.GetBytes(root + '\0'), out FolderHandle folder);
        using (folder)
        {
            FileStatus status = default;
            error = error == 0 ? Kernel.StatOpen(folder.Descriptor, out status) : error;
            if (error != 0)
            {
                throw Errno.Exception(error, $"The staging folder '{root}' cannot be opened");
            }

            if (status.UserId != LibC.EffectiveUser() || (status.Mode & writableByOthers) != 0)
            {
                throw new ConnException(ErrorCode.AccessDenied,
                    $"The staging folder {root} is not used, because another user made it or may write to it. Name one that only this user may write to.");
            }
        }
    }

    /// <summary>Reads how far the restore is; empty before the program was started for it.</summary>
    public string ReadState()
    {
        string path = Path.Combine(FullPath, StateName);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    /// <summary>Records how far the restore is, durably.</summary>
    public void WriteState(string state)
    {
        string path = Path.Combine(FullPath, StateName);
        using (FileStream file = new(path + ".new", FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(state));
            file.Flush();
            DeviceFlush.File(file.SafeFileHandle, path);
        }

        File.Move(path + ".new", path, overwrite: true);
        DeviceFlush.Folder(FullPath);
    }

    /// <summary>Makes durable what the program has staged, and the way to it.</summary>
    public void Flush()
    {
        int error = FolderHandle.Open(Encoding.UTF8.GetBytes(Staging + '\0'), out FolderHandle folder);
        using (folder)
        {
            error = error == 0 ? Kernel.SyncFileSystem(folder.Descriptor) : error;
        }

        if (error != 0)
        {
            throw Errno.Exception(error, $"What was staged in '{Staging}' could not be made durable");
        }

        DeviceFlush.Folder(Path.GetDirectoryName(FullPath)!);
    }

    /// <summary>Removes what the program has staged, but not the state.</summary>
    public void Clear()
    {
        File.Delete(StreamPath);
        if (System.IO.Directory.Exists(Staging))
        {
            System.IO.Directory.Delete(Staging, recursive: true);
        }
    }

    /// <summary>Removes the folder; the lock last.</summary>
    public void Delete()
    {
        Clear();
        File.Delete(Path.Combine(FullPath, StateName));
        System.IO.Directory.Delete(FullPath, recursive: true);
        Dispose();
    }

    public void Dispose() => _lock.Dispose();

    private static void Make(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static bool IsName(string id) => id.Length == IdBytes * 2 && id.All(char.IsAsciiHexDigitLower);
}
