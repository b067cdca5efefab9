using Conn.ActiveBackup.Content;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Says what becomes of an entry in a folder that may hold something at its place. Looks by names alone, never through a link, and changes
/// nothing.</summary>
internal sealed class MergePlan(FolderHandle? root, ContentOverwrite overwrite) : IDisposable
{
    private const string FolderThere = "a folder is there";
    private const string NoFolder = "a file or link is where its folder belongs";
    private readonly FolderCursor? _cursor = root is null ? null : new FolderCursor(root);
    private readonly PathBuffer _path = new();
    private readonly HashSet<(ulong Device, ulong Inode)> _replaced = [];

    /// <summary>Gets what is done, and for <see cref="ContentAction.Refuse"/> why.</summary>
    internal ContentAction Of(ContentEntry entry, out string why)
    {
        why = "";
        if (!Look(entry.Path.Span, out FileStatus there, ref why))
        {
            return why.Length > 0 ? ContentAction.Refuse : ContentAction.Write;
        }

        if (entry.Kind == ContentKind.Folder)
        {
            why = there.Kind == FileKind.Folder ? "" : "a file or link is there";
            return there.Kind == FileKind.Folder ? ContentAction.Keep : ContentAction.Refuse;
        }

        if (there.Kind == FileKind.Folder)
        {
            why = FolderThere;
            return ContentAction.Refuse;
        }

        if (!IsReplaced(entry, there))
        {
            return ContentAction.Keep;
        }

        _replaced.Add((there.Device, there.Inode));
        return ContentAction.Replace;
    }

    public void Dispose() => _cursor?.Dispose();

    private bool IsReplaced(ContentEntry entry, in FileStatus there) => overwrite switch
    {
        ContentOverwrite.Always => true,
        ContentOverwrite.Never => false,
        _ when entry.Kind == ContentKind.HardLink => IsLinkReplaced(entry, there),
        ContentOverwrite.IfNewer => entry.ModifiedNanoseconds > there.ModifiedNanoseconds,
        _ => there.Kind != (entry.Kind == ContentKind.File ? FileKind.File : FileKind.Link) || there.Size != entry.Size
            || there.ModifiedNanoseconds != entry.ModifiedNanoseconds || (entry.Kind == ContentKind.File && entry.Mode is { } mode && mode != there.Mode),
    };

    /// <summary>A further name goes with its first name, if it is one there too. If it is not, it has changed, and which of the two is newer is not
    /// known.</summary>
    private bool IsLinkReplaced(ContentEntry entry, in FileStatus there)
    {
        string why = "";
        bool isSame = Look(entry.Target.Span, out FileStatus leader, ref why) && leader.Inode == there.Inode && leader.Device == there.Device;
        return _replaced.Contains((there.Device, there.Inode)) || (!isSame && overwrite == ContentOverwrite.IfChanged);
    }

    private bool Look(ReadOnlySpan<byte> path, out FileStatus status, ref string why)
    {
        status = default;
        if (root is null || _cursor is null)
        {
            return false;
        }

        int error = Errno.Invalid;
        if (path.IsEmpty)
        {
            error = Kernel.StatOpen(root.Descriptor, out status);
        }
        else if (RawPath.IsLegal(path) && _path.TrySplice(0, path))
        {
            error = _cursor.Enter(_path.Parent, out int folder);
            error = error == 0 ? Kernel.Stat(folder, _path.Leaf, out status) : error;
        }

        why = error switch
        {
            0 or Errno.NotFound => "",
            Errno.NotFolder or Errno.Loop => NoFolder,
            _ => Errno.Text(error),
        };
        return error == 0;
    }
}
