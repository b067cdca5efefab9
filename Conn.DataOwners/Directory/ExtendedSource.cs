using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Reads the extended attributes of a source. One call for an entry that has none; what cannot be read is noted, and never fails a
/// backup.</summary>
internal sealed class ExtendedSource(RemarkList remarks)
{
    private readonly Accounts _accounts = new();
    private readonly byte[] _names = new byte[64 * 1024];
    private readonly byte[] _value = new byte[ExtendedSet.MaxValueBytes];
    private readonly byte[] _set = new byte[ExtendedSet.MaxBytes];

    /// <summary>Reads those of an entry; empty for none.</summary>
    internal byte[] Read(in AttributeHolder holder, PathBuffer path)
    {
        int error = holder.List(_names, out int bytes);
        if (error is not (0 or Errno.NotSupported))
        {
            remarks.Note($"'{RawPath.Display(path.Span)}': its extended attributes and ACLs cannot be read ({Errno.Text(error)}); not kept.");
        }

        return bytes == 0 ? [] : Read(holder, path, Kept(bytes));
    }

    private byte[] Read(in AttributeHolder holder, PathBuffer path, List<byte[]> names)
    {
        List<(byte[] Name, byte[] Value)> found = [];
        int used = 0;
        foreach (byte[] terminated in names)
        {
            byte[] name = terminated[..^1];
            int error = holder.Get(terminated, _value, out int bytes);
            bool fits = used + Room(name, bytes) <= ExtendedSet.MaxBytes;
            if (error == 0 && fits)
            {
                found.Add((name, _value.AsSpan(0, bytes).ToArray()));
                used += Room(name, bytes);
            }
            else if (error != Errno.NoData)
            {
                string why = error == 0 ? $"all of its attributes have more than {ExtendedSet.MaxBytes} bytes" : Errno.Text(error);
                remarks.Note($"'{RawPath.Display(path.Span)}': the extended attribute '{RawPath.Display(name)}' is not kept ({why}).");
            }
        }

        AddNames(found, used);
        return Encode(found);
    }

    /// <summary>Adds the names of the users and groups that ACLs name, as far as there is room.</summary>
    private void AddNames(List<(byte[] Name, byte[] Value)> found, int used)
    {
        HashSet<(bool IsGroup, uint Number)> named = [];
        foreach ((byte[] _, byte[] acl) in found.Where(static attribute => ExtendedSet.IsAcl(attribute.Name)).ToArray())
        {
            foreach ((bool isGroup, uint number, int _) in AclEntries.Of(acl))
            {
                byte[] name = Encoding.UTF8.GetBytes(_accounts.NameOf(isGroup, number));
                byte[] key = ExtendedSet.AccountKey(isGroup, number);
                used += Room(key, name.Length);
                if (name.Length > 0 && used <= ExtendedSet.MaxBytes && named.Add((isGroup, number)))
                {
                    found.Add((key, name));
                }
            }
        }
    }

    private byte[] Encode(List<(byte[] Name, byte[] Value)> found)
    {
        found.Sort(static (one, other) => one.Name.AsSpan().SequenceCompareTo(other.Name));
        var writer = new WireWriter(_set);
        foreach ((byte[] name, byte[] value) in found)
        {
            writer.Counted(name);
            writer.Counted(value);
        }

        return _set.AsSpan(0, writer.Written).ToArray();
    }

    private static int Room(byte[] name, int valueBytes) => name.Length + valueBytes + (2 * WireWriter.MaxVarint);

    /// <summary>The names of a list that are kept, each with the NUL that ends it.</summary>
    private List<byte[]> Kept(int bytes)
    {
        List<byte[]> names = [];
        ReadOnlySpan<byte> left = _names.AsSpan(0, bytes);
        while (ExtendedSet.TryNextName(ref left, out ReadOnlySpan<byte> terminated))
        {
            if (terminated.Length - 1 is > 0 and <= ExtendedSet.MaxNameBytes && ExtendedSet.IsKept(terminated[..^1]))
            {
                names.Add(terminated.ToArray());
            }
        }

        return names;
    }
}
