using System.Runtime.CompilerServices;

namespace Conn.DataOwners.Posix;

/// <summary>What the kernel does with entries of an open folder, one name at a time. Every call returns 0 or an <see cref="Errno"/>; names end with NUL; links
/// are never followed.</summary>
internal static unsafe partial class Kernel
{
    internal const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int RemoveFolder = 0x200;
    private const int EmptyPath = 0x1000;
    private const int NoAutomount = 0x800;
    private const long OmitTime = 0x3ffffffe;

    internal static int Open(int folder, ReadOnlySpan<byte> name, int flags, uint mode, out int file)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            do
            {
                file = LibC.OpenAt(folder, pointer, flags, mode);
            }
            while (file < 0 && LastError == Errno.Interrupted);

            return file < 0 ? LastError : 0;
        }
    }

    /// <summary>Opens for reading in such a way that the access time stays, where that is permitted.</summary>
    internal static int OpenToRead(int folder, ReadOnlySpan<byte> name, int flags, out int file)
    {
        int error = Open(folder, name, flags | OpenFlags.NoAccessTime, 0, out file);
        return error == Errno.NotPermitted ? Open(folder, name, flags, 0, out file) : error;
    }

    internal static int OpenFolder(int folder, ReadOnlySpan<byte> name, out int file) => OpenToRead(folder, name, OpenFlags.Folder, out file);

    internal static int Stat(int folder, ReadOnlySpan<byte> name, out FileStatus status)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            return StatCore(folder, pointer, NoFollow | NoAutomount, out status);
        }
    }

    internal static int StatOpen(int file, out FileStatus status)
    {
        byte empty = 0;
        return StatCore(file, &empty, EmptyPath, out status);
    }

    /// <summary>Follows links on the way and at the end: for paths a user gave, never for stored names.</summary>
    internal static int StatFollowing(ReadOnlySpan<byte> path, out FileStatus status)
    {
        CheckName(path);
        fixed (byte* pointer = path)
        {
            return StatCore(CurrentFolder, pointer, 0, out status);
        }
    }

    internal static int ReadLink(int folder, ReadOnlySpan<byte> name, Span<byte> target, out int length)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        fixed (byte* to = target)
        {
            nint got = LibC.ReadLinkAt(folder, pointer, to, target.Length);
            length = (int)Math.Max(got, 0);
            return got < 0 ? LastError : 0;
        }
    }

    internal static int MakeFolder(int folder, ReadOnlySpan<byte> name, uint mode)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.MakeFolderAt(folder, pointer, mode));
        }
    }

    internal static int Unlink(int folder, ReadOnlySpan<byte> name)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.UnlinkAt(folder, pointer, 0));
        }
    }

    internal static int UnlinkFolder(int folder, ReadOnlySpan<byte> name)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.UnlinkAt(folder, pointer, RemoveFolder));
        }
    }

    internal static int Link(int oldFolder, ReadOnlySpan<byte> oldName, int newFolder, ReadOnlySpan<byte> newName)
    {
        CheckName(oldName);
        CheckName(newName);
        fixed (byte* from = oldName)
        fixed (byte* to = newName)
        {
            return Outcome(LibC.LinkAt(oldFolder, from, newFolder, to, 0));
        }
    }

    internal static int SymbolicLink(ReadOnlySpan<byte> target, int folder, ReadOnlySpan<byte> name)
    {
        CheckName(target);
        CheckName(name);
        fixed (byte* to = target)
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.SymbolicLinkAt(to, folder, pointer));
        }
    }

    internal static int Rename(int oldFolder, ReadOnlySpan<byte> oldName, int newFolder, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        CheckName(oldName);
        CheckName(newName);
        fixed (byte* from = oldName)
        fixed (byte* to = newName)
        {
            return Outcome(LibC.RenameAt2(oldFolder, from, newFolder, to, (uint)mode));
        }
    }

    internal static int SetModified(int folder, ReadOnlySpan<byte> name, long nanoseconds)
    {
        CheckName(name);
        long* times = stackalloc long[4];
        FillTimes(times, nanoseconds);
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.SetTimesAt(folder, pointer, times, NoFollow));
        }
    }

    internal static int ChangeOwner(int folder, ReadOnlySpan<byte> name, uint user, uint group)
    {
        CheckName(name);
        fixed (byte* pointer = name)
        {
            return Outcome(LibC.ChangeOwnerAt(folder, pointer, user, group, NoFollow));
        }
    }

    /// <summary>Never through a link, also when one takes the name's place at this moment: the entry is opened as itself first.</summary>
    internal static int ChangeMode(int folder, ReadOnlySpan<byte> name, int mode)
    {
        int error = Open(folder, name, OpenFlags.Place, 0, out int place);
        FileStatus status = default;
        error = error == 0 ? StatOpen(place, out status) : error;
        error = error == 0 && status.Kind == FileKind.Link ? Errno.NotSupported : error;
        fixed (byte* pointer = System.Text.Encoding.ASCII.GetBytes($"/proc/self/fd/{place}\0"))
        {
            error = error == 0 ? Outcome(LibC.ChangeModeAt(CurrentFolder, pointer, (uint)mode, 0)) : error;
        }

        Close(place);
        return error;
    }

    /// <summary>Whether entries may be made and removed in a folder by this process's effective user.</summary>
    internal static bool MayChange(ReadOnlySpan<byte> folderPath)
    {
        const int writeAndSearch = 3;
        const int effective = 0x200;
        CheckName(folderPath);
        fixed (byte* pointer = folderPath)
        {
            return LibC.AccessAt(CurrentFolder, pointer, writeAndSearch, effective) == 0;
        }
    }

    /// <summary>Whether this process's effective user may list a folder and make and remove entries in it. Returns 0 or an <see cref="Errno"/>.</summary>
    internal static int CheckAccess(ReadOnlySpan<byte> folderPath)
    {
        const int all = 7;
        const int effective = 0x200;
        CheckName(folderPath);
        fixed (byte* pointer = folderPath)
        {
            return Outcome(LibC.AccessAt(CurrentFolder, pointer, all, effective));
        }
    }

    /// <summary>Whether this process's effective user may execute a file. Returns 0 or an <see cref="Errno"/>.</summary>
    internal static int CheckExecutable(ReadOnlySpan<byte> path)
    {
        const int execute = 1;
        const int effective = 0x200;
        CheckName(path);
        fixed (byte* pointer = path)
        {
            return Outcome(LibC.AccessAt(CurrentFolder, pointer, execute, effective));
        }
    }

    private static int StatCore(int folder, byte* name, int flags, out FileStatus status)
    {
        StatxBuffer buffer;
        Unsafe.SkipInit(out buffer);
        int result = LibC.StatX(folder, name, flags, StatxBuffer.BasicMask, &buffer);
        if (result < 0)
        {
            status = default;
            return LastError;
        }

        status = buffer.ToStatus();
        return 0;
    }

    private static void FillTimes(long* times, long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        (times[0], times[1]) = (0, OmitTime);
        (times[2], times[3]) = rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest);
    }

    private static int LastError => Errno.Last;

    private static int Outcome(int result) => result < 0 ? LastError : 0;

    private static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name[^1] != 0)
        {
            throw new ArgumentException("A name given to the kernel must end with NUL.", nameof(name));
        }
    }
}
