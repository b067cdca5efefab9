using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The rules of stored paths: their order, which is that of the walk, and what is legal.</summary>
internal static class RawPath
{
    internal const int MaxNameBytes = 255;

    /// <summary>Orders name by name, so that a folder comes directly before all that is in it.</summary>
    internal static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => ContentOrder.Compare(left, right);

    internal static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> folder) => ContentOrder.IsBelow(path, folder);

    /// <summary>Whether a stored path consists of legal names only: none empty, <c>.</c>, <c>..</c>, too long or with a NUL. The empty path is not
    /// legal.</summary>
    internal static bool IsLegal(ReadOnlySpan<byte> path)
    {
        while (true)
        {
            int slash = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? path : path[..slash];
            if (name.IsEmpty || name.Length > MaxNameBytes || name is [(byte)'.'] or [(byte)'.', (byte)'.'] || name.Contains((byte)0))
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            path = path[(slash + 1)..];
        }
    }

    /// <summary>For messages: UTF-8 as it is, anything else and control characters as <c>\xNN</c>.</summary>
    internal static string Display(ReadOnlySpan<byte> path) => path.IsEmpty ? "." : ContentText.Of(path);

    internal static byte[] FromText(string path) => Encoding.UTF8.GetBytes(path + '\0');

    internal static string KindName(FileKind kind) => kind switch
    {
        FileKind.Pipe => "pipe",
        FileKind.CharacterDevice or FileKind.BlockDevice => "device",
        FileKind.Socket => "socket",
        FileKind.Folder => "folder",
        FileKind.File => "file",
        FileKind.Link => "link",
        _ => "unknown kind of entry",
    };
}
