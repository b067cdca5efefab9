using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>What a file system of a kind can do, by the numbers of its type in Linux (linux/magic.h).</summary>
internal static class FileSystemKinds
{
    private const long Tmpfs = 0x01021994;
    private const long Ramfs = 0x858458f6;
    private const long Smb = 0x517b;
    private const long Smb2 = 0xfe534d42;
    private const long Cifs = 0xff534d42;
    private const long Fat = 0x4d44;
    private const long ExFat = 0x2011bab0;
    private const long Ntfs = 0x7366746e;

    /// <summary>Whether files are kept in memory only.</summary>
    internal static bool IsInMemory(int file) => TypeOf(file) is Tmpfs or Ramfs;

    /// <summary>Whether entries have an owner and a mode of their own. Where they have not, the mount gives all of them to everyone who may use it, and there is
    /// no boundary between users that a check could guard.</summary>
    internal static bool KeepsOwners(int file) => TypeOf(file) is not (Smb or Smb2 or Cifs or Fat or ExFat or Ntfs);

    private static long TypeOf(int file)
    {
        Errno.Check(Kernel.FileSystemType(file, out long type), "The type of a file system cannot be seen");

        // The kernel's number has 32 bits; some of it have the highest one set.
        return type & 0xffffffff;
    }
}
