namespace Conn.DataOwners.Directory;

/// <summary>Files with several names in one stream: which name stands first, and which names must be linked again.</summary>
internal sealed class HardLinkGroups(Catalogue catalogue, bool increment)
{
    /// <summary>Groups whose first name got a new inode in this increment.</summary>
    private readonly HashSet<long> _rewritten = [];

    /// <summary>Groups whose first name could not be kept: the path of the name that took its place, or null while there is none.</summary>
    private readonly Dictionary<long, byte[]?> _replaced = [];

    internal bool IsRewritten(TreeEntry entry) => _rewritten.Contains(entry.Group);

    /// <summary>Finds the first name of a further name's group. False when there is none any more: the entry is then kept as a file.</summary>
    internal bool TryFindLeader(TreeEntry entry)
    {
        if (!_replaced.TryGetValue(entry.Group, out byte[]? leader))
        {
            catalogue.ReadGroup(entry.Group, entry.Leader);
            return true;
        }

        if (leader is not null)
        {
            entry.Leader.Set(leader);
        }

        return leader is not null;
    }

    /// <summary>The entry cannot stand for its group: another name must.</summary>
    internal void Lose(TreeEntry entry)
    {
        if (entry.Group >= 0)
        {
            _replaced[entry.Group] = null;
        }
    }

    /// <summary>A file is in the stream or unchanged: it is the first name of its group, or takes that place.</summary>
    internal void Store(TreeEntry entry, bool rewritten)
    {
        if (entry.Group < 0)
        {
            return;
        }

        if (rewritten && increment)
        {
            _rewritten.Add(entry.Group);
        }

        if (_replaced.TryGetValue(entry.Group, out byte[]? leader) && leader is null)
        {
            _replaced[entry.Group] = entry.Path.Span.ToArray();
        }
    }
}
