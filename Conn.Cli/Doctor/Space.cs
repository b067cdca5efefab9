using Conn.SystemCalls;
using Microsoft.Win32.SafeHandles;

namespace Conn.Cli.Doctor;

/// <summary>The free space of a file system, as this user may use it.</summary>
/// <param name="Bytes">All bytes.</param>
/// <param name="FreeBytes">The bytes that are free.</param>
/// <param name="Files">How many files it can hold; 0 when there is no limit.</param>
/// <param name="FreeFiles">How many more files it can hold.</param>
internal sealed unsafe record Space(long Bytes, long FreeBytes, long Files, long FreeFiles)
{
    // struct statfs of 64-bit Linux: type, block size, blocks, free, available, files, free files
    private const int StatusNumbers = 32;
    private const int BlockBytes = 1;
    private const int Blocks = 2;
    private const int AvailableBlocks = 4;
    private const int FileCount = 5;
    private const int FreeFileCount = 6;

    /// <summary>Asks the system.</summary>
    /// <exception cref="IOException">The folder cannot be opened, or its file system does not answer.</exception>
    public static Space Of(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            DriveInfo drive = new(folder);
            return new Space(drive.TotalSize, drive.AvailableFreeSpace, 0, 0);
        }

        long* status = stackalloc long[StatusNumbers];
        using SafeFileHandle opened = ExistingFile.Open(folder, OpenFlags.Directory);
        return LibC.FileSystemStatus((int)opened.DangerousGetHandle(), status) == 0
            ? new Space(status[Blocks] * status[BlockBytes], status[AvailableBlocks] * status[BlockBytes], status[FileCount], status[FreeFileCount])
            : throw Errno.Exception(Errno.Last, $"The free space of '{folder}' could not be read");
    }
}
