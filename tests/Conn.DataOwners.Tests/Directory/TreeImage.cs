using System.IO.Hashing;
using System.Text;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Everything that can be seen of a tree, by path; two images are compared entry by entry.</summary>
internal sealed class TreeImage
{
    private readonly SortedDictionary<string, Item> _items = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _firstNames = [];

    internal int Count => _items.Count;

    internal IReadOnlyDictionary<string, Item> Items => _items;

    internal static TreeImage Of(string root)
    {
        var image = new TreeImage();
        Errno.Check(FolderHandle.Open(Playground.Raw(root), out FolderHandle folder), root);
        using (folder)
        {
            Errno.Check(Kernel.StatOpen(folder.Descriptor, out FileStatus status), root);
            image._items.Add(".", Item.Of(status, string.Empty, string.Empty));
            image.Walk(folder.Descriptor, "./");
        }

        return image;
    }

    /// <summary>Holes: what is restored may take a little more room than the original, never much more.</summary>
    internal static void AssertSame(TreeImage expected, TreeImage actual, string state)
    {
        foreach ((string path, Item item) in expected._items)
        {
            Assert.True(actual._items.TryGetValue(path, out Item? other), $"{state}: '{path}' is missing");
            Assert.True((item with { Allocated = 0 }) == (other with { Allocated = 0 }), $"{state}: '{path}' was {item} and is {other}");
            Assert.True(other.Allocated <= item.Allocated + 65536, $"{state}: '{path}' takes {other.Allocated} bytes and took {item.Allocated}");
        }

        foreach (string path in actual._items.Keys)
        {
            Assert.True(expected._items.ContainsKey(path), $"{state}: '{path}' should not be there");
        }
    }

    private void Walk(int folder, string prefix)
    {
        var names = new NameList();
        Errno.Check(names.Fill(folder, new byte[32768]), prefix);
        for (int i = 0; i < names.Count; i++)
        {
            string path = prefix + Encoding.Latin1.GetString(names[i][..^1]);
            Errno.Check(Kernel.Stat(folder, names[i], out FileStatus status), path);
            string content = string.Empty;
            if (status.Kind == FileKind.File)
            {
                content = Content(folder, names[i], status.Size);
            }
            else if (status.Kind == FileKind.Link)
            {
                byte[] target = new byte[4096];
                Errno.Check(Kernel.ReadLink(folder, names[i], target, out int length), path);
                content = Encoding.Latin1.GetString(target, 0, length);
            }

            string first = status.Links > 1 && status.Kind == FileKind.File && !_firstNames.TryAdd(status.Inode, path) ? _firstNames[status.Inode] : string.Empty;
            _items.Add(path, Item.Of(status, content, first));
            if (status.Kind == FileKind.Folder)
            {
                Errno.Check(Kernel.OpenFolder(folder, names[i], out int below), path);
                Walk(below, path + "/");
                Kernel.Close(below);
            }
        }
    }

    private static string Content(int folder, ReadOnlySpan<byte> name, long size)
    {
        Errno.Check(Kernel.Open(folder, name, OpenFlags.ReadWary, 0, out int file), "open");
        try
        {
            if (size > 64 << 20)
            {
                // Too large to read through its holes: the data and where it is.
                var sparse = new XxHash128();
                long offset = 0;
                while (Kernel.FindData(file, offset, out long start) == 0)
                {
                    Errno.Check(Kernel.FindHole(file, start, out long end), "hole");
                    byte[] data = new byte[end - start];
                    Errno.Check(Kernel.ReadAt(file, data, start, out _), "read");
                    sparse.Append(BitConverter.GetBytes(start));
                    sparse.Append(data);
                    offset = end;
                }

                return Convert.ToHexString(sparse.GetCurrentHash());
            }

            byte[] bytes = new byte[size];
            Errno.Check(Kernel.Read(file, bytes, out int got), "read");
            return $"{got}:{Convert.ToHexString(XxHash128.Hash(bytes))}";
        }
        finally
        {
            Kernel.Close(file);
        }
    }

    internal sealed record Item(FileKind Kind, int Mode, long Size, long Modified, uint User, uint Group, string Content, string FirstName, long Allocated)
    {
        internal static Item Of(FileStatus status, string content, string firstName) => new(
            status.Kind, status.Mode, status.Kind == FileKind.Folder ? 0 : status.Size, status.ModifiedNanoseconds, status.UserId, status.GroupId, content, firstName, status.AllocatedBytes);
    }
}
