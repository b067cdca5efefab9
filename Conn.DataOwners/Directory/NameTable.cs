using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Which users and groups were named so far, in a stream or in a group of a snapshot. Invariant: a name stands once, where its number is first; what
/// is not committed was never written or read.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<uint, string> _users = [];
    private readonly Dictionary<uint, string> _groups = [];
    private (uint Number, string Name)? _user;
    private (uint Number, string Name)? _group;

    /// <summary>Writes the names that the numbers of an entry have, as far as they were not written before.</summary>
    internal void Write(ref WireWriter writer, uint user, uint group, Accounts accounts)
    {
        _user = Write(ref writer, _users, user, accounts, isGroup: false);
        _group = Write(ref writer, _groups, group, accounts, isGroup: true);
    }

    /// <summary>Reads what <see cref="Write(ref WireWriter, uint, uint, Accounts)"/> wrote; empty for what has no name.</summary>
    internal (string User, string Group) Read(ref WireReader wire, uint user, uint group)
    {
        _user = Read(ref wire, _users, user);
        _group = Read(ref wire, _groups, group);
        return (_user?.Name ?? _users[user], _group?.Name ?? _groups[group]);
    }

    internal void Commit()
    {
        Commit(_users, _user);
        Commit(_groups, _group);
        Drop();
    }

    /// <summary>Forgets what was not committed.</summary>
    internal void Drop() => (_user, _group) = (null, null);

    internal void Clear()
    {
        _users.Clear();
        _groups.Clear();
        Drop();
    }

    private static (uint Number, string Name)? Write(ref WireWriter writer, Dictionary<uint, string> known, uint number, Accounts accounts, bool isGroup)
    {
        if (known.ContainsKey(number))
        {
            return null;
        }

        string name = accounts.NameOf(isGroup, number);
        writer.Counted(Encoding.UTF8.GetBytes(name));
        return (number, name);
    }

    private static (uint Number, string Name)? Read(ref WireReader wire, Dictionary<uint, string> known, uint number)
    {
        if (known.ContainsKey(number))
        {
            return null;
        }

        ReadOnlySpan<byte> name = wire.Counted(Accounts.MaxNameBytes);
        return !name.Contains((byte)0) ? (number, Encoding.UTF8.GetString(name)) : throw WireReader.Corrupt("the name of a user or group has a NUL");
    }

    private static void Commit(Dictionary<uint, string> known, (uint Number, string Name)? added)
    {
        if (added is { } name)
        {
            known[name.Number] = name.Name;
        }
    }
}
