using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Sets owner and group where this process may. Where it may not, no set-user-id or set-group-id bit survives, and it is told once.</summary>
internal sealed class Ownership
{
    private const int SetIdBits = 0xC00;
    private const uint Unchanged = uint.MaxValue;
    private readonly uint _user = LibC.EffectiveUser();
    private readonly uint _group = LibC.EffectiveGroup();
    private readonly Accounts? _accounts;
    private long _refused;

    /// <param name="numericIds">Whether numbers are taken as they are; else a user or group that has a name is the one of that name here, if there is one.</param>
    internal Ownership(bool numericIds)
    {
        _accounts = numericIds ? null : new Accounts();
        Extended = new ExtendedTarget(_accounts);
    }

    /// <summary>Gets what sets extended attributes, once an entry has its owner: a change of the owner takes some away.</summary>
    internal ExtendedTarget Extended { get; }

    /// <summary>Gets attributes with the numbers that their user and group have here.</summary>
    internal EntryAttributes Local(in EntryAttributes attributes) => _accounts is null ? attributes : attributes with
    {
        UserId = NumberOf(isGroup: false, attributes.UserName) ?? attributes.UserId, GroupId = NumberOf(isGroup: true, attributes.GroupName) ?? attributes.GroupId,
    };

    /// <summary>Sets owner and group of an open entry this process made, and returns the mode that may then be set.</summary>
    internal int Apply(int file, in EntryAttributes attributes) =>
        IsOurs(attributes) ? attributes.Mode : Judge(Change(attributes, out uint user), attributes, file, user);

    /// <summary>The same for a symbolic link.</summary>
    internal void ApplyToLink(int folder, ReadOnlySpan<byte> name, in EntryAttributes attributes)
    {
        if (!IsOurs(attributes) && (!Change(attributes, out uint user) || Kernel.ChangeOwner(folder, name, user, attributes.GroupId) != 0))
        {
            _refused++;
        }
    }

    internal void Tell(RemarkList remarks)
    {
        Extended.Tell(remarks);
        if (_refused > 0)
        {
            remarks.Note($"{_refused} restored entries belong to the restoring user or its group: only a privileged user may give them to their former owner.");
            _refused = 0;
        }
    }

    private uint? NumberOf(bool isGroup, string? name) => string.IsNullOrEmpty(name) ? null : _accounts?.NumberOf(isGroup, name);

    private bool IsOurs(in EntryAttributes attributes) => attributes.UserId == _user && attributes.GroupId == _group;

    private bool Change(in EntryAttributes attributes, out uint user)
    {
        user = _user == 0 ? attributes.UserId : Unchanged;
        return _user == 0 || attributes.UserId == _user;
    }

    private int Judge(bool allowed, in EntryAttributes attributes, int file, uint user)
    {
        if (allowed && Kernel.ChangeOwner(file, user, attributes.GroupId) == 0)
        {
            return attributes.Mode;
        }

        _refused++;
        return attributes.Mode & ~SetIdBits;
    }
}
