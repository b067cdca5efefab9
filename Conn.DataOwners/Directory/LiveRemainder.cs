using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Looks in a live folder for what a backup had left out: putting the restored tree in its place would lose it for good.</summary>
internal static class LiveRemainder
{
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: such an entry is there, or it cannot be seen whether it is.</exception>
    internal static void Check(RestoreTarget target, IEnumerable<byte[]> leftOut)
    {
        int error = FolderHandle.Open(RawPath.FromText(target.Path), out FolderHandle root);
        using (root)
        using (FolderCursor cursor = new(root))
        {
            PathBuffer path = new();
            foreach (byte[] bytes in Presence.IsAbsent(error) ? [] : leftOut)
            {
                path.Set(bytes);
                bool there = error == 0 && (bytes.Length == 0 || IsThere(cursor, path, out error));
                if (error != 0)
                {
                    throw target.Refusal(ErrorCode.NotSupported, $"may hold '{RawPath.Display(bytes)}', which was left out of the backup and would "
                        + $"be lost; it cannot be looked for ({Errno.Text(error)}). Make it readable, or");
                }

                if (there)
                {
                    throw target.Refusal(ErrorCode.NotSupported, $"holds '{RawPath.Display(bytes)}', which was left out of the backup and would be "
                        + "lost; move it away first and put it back afterwards, or");
                }
            }
        }
    }

    /// <summary>An empty folder is nothing to lose.</summary>
    private static bool IsThere(FolderCursor cursor, PathBuffer path, out int error)
    {
        error = cursor.Enter(path.Parent, out int parent);
        FileStatus status = default;
        error = error == 0 ? Kernel.Stat(parent, path.Leaf, out status) : error;
        if (Presence.IsAbsent(error))
        {
            error = 0;
            return false;
        }

        if (error != 0 || status.Kind != FileKind.Folder)
        {
            return true;
        }

        NameList names = new();
        return cursor.Enter(path.Span, out int folder) != 0 || names.Fill(folder, new byte[32 * 1024]) != 0 || names.Count > 0;
    }
}
