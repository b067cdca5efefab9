using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Sets extended attributes on what a restore makes. What cannot be set is counted and told once, and never fails a restore.</summary>
internal sealed class ExtendedTarget
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
            Count(holder.Set(Terminated(name), value));
        }
    }

    /// <summary>Whether an entry has other attributes than none, or is to get some.</summary>
    internal bool Concerns(in AttributeHolder holder, ReadOnlySpan<byte> set) => !set.IsEmpty || (holder.List(_names, out int bytes) == 0 && bytes > 0);

    /// <summary>Gives an entry its attributes in the place of those that it has.</summary>
    internal void Replace(in AttributeHolder holder, ReadOnlySpan<byte> set)
    {
        if (holder.List(_names, out int bytes) == 0)
        {
            for (ReadOnlySpan<byte> left = _names.AsSpan(0, bytes); !left.IsEmpty;)
            {
                int length = left.IndexOf((byte)0);
                ReadOnlySpan<byte> name = left[..length];
                if (ExtendedSet.IsKept(name) && !ExtendedSet.Has(set, name))
                {
                    Count(holder.Remove(left[..(length + 1)]));
                }

                left = left[(length + 1)..];
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
