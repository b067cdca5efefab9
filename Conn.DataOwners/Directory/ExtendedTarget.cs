using System.Buffers.Binary;
using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Sets extended attributes on what a restore makes. What cannot be set is counted and told once, and never fails a restore.</summary>
/// <param name="accounts">Finds users and groups of ACLs by their names; null to take their numbers.</param>
internal sealed class ExtendedTarget(Accounts? accounts)
{
    private readonly byte[] _names = new byte[64 * 1024];
    private readonly byte[] _name = new byte[ExtendedSet.MaxNameBytes + 1];
    private long _unsupported;
    private long _refused;
    private long _failed;
    private string _why = "";

    /// <summary>Gives an entry that has none its attributes.</summary>
    internal void Set(in AttributeHolder holder, ReadOnlySpan<byte> set)
    {
        var wire = new WireReader(set);
        while (ExtendedSet.TryNext(ref wire, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (!ExtendedSet.IsAccountName(name))
            {
                Count(holder.Set(Terminated(name), accounts is not null && ExtendedSet.IsAcl(name) ? Local(value, set, accounts) : value));
            }
        }
    }

    /// <summary>An ACL with the numbers that its users and groups have here.</summary>
    private static byte[] Local(ReadOnlySpan<byte> acl, ReadOnlySpan<byte> set, Accounts accounts)
    {
        byte[] local = acl.ToArray();
        foreach ((bool isGroup, uint number, int offset) in AclEntries.Of(acl))
        {
            if (ExtendedSet.TryFind(set, ExtendedSet.AccountKey(isGroup, number), out ReadOnlySpan<byte> name)
                && accounts.NumberOf(isGroup, Encoding.UTF8.GetString(name)) is { } here)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(local.AsSpan(offset), here);
            }
        }

        return local;
    }

    /// <summary>Whether an entry has other attributes than none, or is to get some.</summary>
    internal bool Concerns(in AttributeHolder holder, ReadOnlySpan<byte> set) => !set.IsEmpty || (holder.List(_names, out int bytes) == 0 && bytes > 0);

    /// <summary>Gives an entry its attributes in the place of those that it has.</summary>
    internal void Replace(in AttributeHolder holder, ReadOnlySpan<byte> set)
    {
        if (holder.List(_names, out int bytes) == 0)
        {
            ReadOnlySpan<byte> left = _names.AsSpan(0, bytes);
            while (ExtendedSet.TryNextName(ref left, out ReadOnlySpan<byte> terminated))
            {
                if (ExtendedSet.IsKept(terminated[..^1]) && !ExtendedSet.TryFind(set, terminated[..^1], out _))
                {
                    Count(holder.Remove(terminated));
                }
            }
        }

        Set(holder, set);
    }

    internal void Tell(RemarkList remarks)
    {
        if (_unsupported > 0)
        {
            remarks.Note($"{_unsupported} extended attributes or ACLs were not restored: the file system of the target does not support them.");
        }

        if (_refused > 0)
        {
            remarks.Note($"{_refused} extended attributes or ACLs were not restored: only a privileged user may set them.");
        }

        if (_failed > 0)
        {
            remarks.Note($"{_failed} extended attributes or ACLs were not restored: {_why}.");
        }

        (_unsupported, _refused, _failed) = (0, 0, 0);
    }

    private void Count(int error)
    {
        switch (error)
        {
            case 0 or Errno.NoData:
                break;
            case Errno.NotSupported:
                _unsupported++;
                break;
            case Errno.NotPermitted or Errno.Access:
                _refused++;
                break;
            default:
                _failed++;
                _why = Errno.Text(error);
                break;
        }
    }

    private ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_name);
        _name[name.Length] = 0;
        return _name.AsSpan(0, name.Length + 1);
    }
}
