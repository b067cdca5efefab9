using Conn.DataOwners.Posix;
using Conn.PubSub;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>Opens what an earlier process of this user left. Invariant: nothing is believed because of its name; kind, owner, mode and number of names are
/// checked on the open file.</summary>
/// <remarks>The checks need Linux. Elsewhere a link is not followed, and that is all.</remarks>
internal static class OwnFile
{
    private const int WritableByOthers = 0x12;

    /// <summary>Opens a file for reading and writing, or returns null when there is none.</summary>
    /// <exception cref="ConnException">AccessDenied: another user made it, or could have written to it.</exception>
    public static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            }

            SafeFileHandle file = ExistingFile.Open(path, OpenFlags.ReadWrite | (OperatingSystem.IsLinux() ? OpenFlags.ReadWary : OpenFlags.NoFollow));
            Require(file, path);
            return file;
        }
        catch (IOException e) when (FileFaults.Of(e) == FileFault.NotFound)
        {
            return null;
        }
        catch (IOException e) when (e.HResult == Errno.Loop)
        {
            throw NotOurs(path, "it is a symbolic link", e);
        }
    }

    /// <summary>Says why an open file or folder is not trusted; null when this process's effective user made it and no other may write to it. Needs
    /// Linux.</summary>
    public static string? WhyNot(int descriptor, FileKind kind)
    {
        int error = Kernel.StatOpen(descriptor, out FileStatus status);
        return error != 0 ? Errno.Text(error)
            : status.Kind != kind ? "it is something else than a " + (kind == FileKind.Folder ? "folder" : "file")
            : status.UserId != LibC.EffectiveUser() ? $"user {status.UserId} made it"
            : (status.Mode & WritableByOthers) != 0 ? "other users may write to it"
            : kind == FileKind.File && status.Links != 1 ? "it has more than one name"
            : null;
    }

    private static void Require(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsLinux() && WhyNot((int)file.DangerousGetHandle(), FileKind.File) is { } why)
        {
            file.Dispose();
            throw NotOurs(path, why, null);
        }
    }

    private static ConnException NotOurs(string path, string why, Exception? inner) => new(
        ErrorCode.AccessDenied,
        $"{path} is not used, because {why}. Only what this user made is trusted: run as the user who began the restore, or remove it.",
        inner!);
}
