using System.Text;
using Conn.SystemCalls;

namespace Conn.Cli.Hosting;

/// <summary>Asks the system about a folder, and changes nothing in it.</summary>
internal static unsafe class FolderAccess
{
    private const string ClaimFile = ".conn-restore-claim";
    private const int CurrentFolder = -100;
    private const int WriteAndEnter = 2 | 1;
    private const int AsEffectiveUser = 0x200;

    /// <summary>Checks that files can be made in a folder.</summary>
    /// <exception cref="UnauthorizedAccessException">They cannot.</exception>
    public static void RequireWritable(string folder, string what)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        fixed (byte* name = Encoding.UTF8.GetBytes(folder + '\0'))
        {
            if (LibC.AccessAt(CurrentFolder, name, WriteAndEnter, AsEffectiveUser) != 0 && FileFaults.Of(Errno.Last) == FileFault.NotPermitted)
            {
                throw new UnauthorizedAccessException($"{what}: no permission to write in {folder}. Change its permissions, or run as a user who has them.");
            }
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
