using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Gives what root makes in a folder of another user to that user, who could not use it otherwise. Does nothing for other users, and only on
/// Linux.</summary>
internal static unsafe class FolderOwner
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint KindAndOwner = 0x1 | 0x8 | 0x10;
    private const int KindMask = 0xF000;
    private const int SocketKind = 0xC000;
    private const int UserOffset = 20;
    private const int GroupOffset = 24;
    private const int ModeOffset = 28;
    private const int StatusBytes = 256;

    /// <summary>Gives an open file or folder to the owner and the group of a folder, if the process is root and the folder is not root's.</summary>
    /// <exception cref="IOException">The folder cannot be looked at, or the owner could not be changed.</exception>
    internal static void Give(SafeFileHandle entry, string path, string folder)
    {
        if (!OperatingSystem.IsLinux() || LibC.EffectiveUser() != 0)
        {
            return;
        }

        (uint user, uint group) = Of(folder);
        if (user != 0 && LibC.ChangeOwner((int)entry.DangerousGetHandle(), user, group) != 0)
        {
            throw Errno.Exception(Errno.Last, $"'{path}' could not be given to user {user}, to whom '{folder}' belongs");
        }

        GC.KeepAlive(entry);
    }

    /// <summary>Gives a folder, as <see cref="Give(SafeFileHandle, string, string)"/> does.</summary>
    internal static void GiveFolder(string path, string folder)
    {
        if (OperatingSystem.IsLinux() && LibC.EffectiveUser() == 0)
        {
            using SafeFileHandle entry = ExistingFile.Open(path, OpenFlags.Directory | OpenFlags.NoFollow);
            Give(entry, path, folder);
        }
    }

    /// <summary>Gives a file or a folder to a group; its user stays. A link is not followed.</summary>
    /// <exception cref="IOException">This user is not in the group, or not the owner.</exception>
    internal static void GiveToGroup(string path, uint group)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (LibC.ChangeOwnerAt(CurrentFolder, name, uint.MaxValue, group, NoFollow) != 0)
            {
                throw Errno.Exception(Errno.Last, $"'{path}' could not be given to group {group}");
            }
        }
    }

    /// <summary>Says whether a path is a socket; a link is not followed. Linux only.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    internal static bool IsSocket(string path) => (BinaryPrimitives.ReadUInt16LittleEndian(Look(path, NoFollow).AsSpan(ModeOffset)) & KindMask) == SocketKind;

    /// <summary>Gets to whom a folder belongs. Linux only.</summary>
    /// <exception cref="IOException">The folder cannot be looked at.</exception>
    internal static (uint User, uint Group) Of(string folder)
    {
        byte[] status = Look(folder, 0);
        return (BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(UserOffset)), BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(GroupOffset)));
    }

    private static byte[] Look(string path, int flags)
    {
        byte[] status = new byte[StatusBytes];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'), found = status)
        {
            if (LibC.StatX(CurrentFolder, name, flags, KindAndOwner, found) != 0)
            {
                throw Errno.Exception(Errno.Last, $"'{path}' could not be looked at");
            }
        }

        return status;
    }
}
