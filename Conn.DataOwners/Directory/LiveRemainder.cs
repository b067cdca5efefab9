using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Looks in a live folder for what a backup had left out: putting the restored tree in its place would lose it for good.</summary>
internal static class LiveRemainder
{
    /// <returns>The first such path, for a sentence; or null.</returns>
    internal static string? Find(string folder, IEnumerable<byte[]> leftOut)
    {
        if (FolderHandle.Open(RawPath.FromText(folder), out FolderHandle root) != 0)
        {
            root.Dispose();
            return null;
        }

        using (root)
        using (FolderCursor cursor = new(root))
        {
            PathBuffer path = new();
            foreach (byte[] bytes in leftOut)
            {
                path.Set(bytes);
                if (bytes.Length == 0)
                {
                    return ".";
                }

                if (IsThere(cursor, path))
                {
                    return RawPath.Display(bytes);
                }
            }
        }

        return null;
    }

    /// <summary>An empty folder is nothing to lose.</summary>
    private static bool IsThere(FolderCursor cursor, PathBuffer path)
    {
        if (cursor.Enter(path.Parent, out int parent) != 0 || Kernel.Stat(parent, path.Leaf, out FileStatus status) != 0)
        {
            return false;
        }

        if (status.Kind != FileKind.Folder)
        {
            return true;
        }

        NameList names = new();
        return cursor.Enter(path.Span, out int folder) != 0 || names.Fill(folder, new byte[32 * 1024]) != 0 || names.Count > 0;
    }
}
