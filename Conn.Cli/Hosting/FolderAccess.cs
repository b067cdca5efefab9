using System.Text;
using Conn.SystemCalls;

namespace Conn.Cli.Hosting;

/// <summary>Asks the system about a folder, and changes nothing in it.</summary>
internal static unsafe class FolderAccess
{
    private const string ClaimFile = ".conn-restore-claim";
    private const int CurrentFolder = -100;
    private const int Exists = 0;
    private const int Execute = 1;
    private const int Read = 4;
    private const int ReadAndEnter = Read | Execute;
    private const int WriteAndEnter = 2 | 1;
    private const int AsEffectiveUser = 0x200;

    /// <summary>Checks that files can be made in a folder.</summary>
    /// <exception cref="UnauthorizedAccessException">They cannot.</exception>
    public static void RequireWritable(string folder, string what)
    {
        if (!IsPermitted(folder, WriteAndEnter))
        {
            throw new UnauthorizedAccessException($"{what}: no permission to write in {folder}. Change its permissions, or run as a user who has them.");
        }
    }

    /// <summary>Checks that this user may look whether a place exists. .NET says of a place that cannot be looked at that it does not exist.</summary>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static void RequireReachable(string path)
    {
        if (!IsPermitted(path, Exists))
        {
            throw new UnauthorizedAccessException(
                $"No permission to look at {path}. Change the permissions of the folders above it, or run as a user who has them.");
        }
    }

    /// <summary>Gets whether this user may read a file, or list and enter a folder. True for a place that does not exist.</summary>
    public static bool MayRead(string path) => IsPermitted(path, Directory.Exists(path) ? ReadAndEnter : Read);

    /// <summary>Gets whether this user may execute a file. True for a place that does not exist.</summary>
    public static bool MayExecute(string file) => IsPermitted(file, Execute);

    private static bool IsPermitted(string path, int mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return LibC.AccessAt(CurrentFolder, name, mode, AsEffectiveUser) == 0 || FileFaults.Of(Errno.Last) != FileFault.NotPermitted;
        }
    }

    /// <summary>Claims a folder for this process, until the claim is disposed or the process ends. Returns null if another process has claimed it.</summary>
    public static IDisposable? TryClaim(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            return FileLock.TryTake(ExistingFile.Open(folder, OpenFlags.Directory), folder);
        }

        try
        {
            // Windows cannot lock a folder; the file is removed with its handle.
            return new FileStream(Path.Combine(folder, ClaimFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (FileFaults.Of(e) == FileFault.InUse)
        {
            return null;
        }
    }
}
