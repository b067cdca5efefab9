using Conn.Engine.Operations;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Engine.Sessions;

/// <summary>The owners an engine knows, in the order in which they were registered; names and ids are unique. Used in the engine's loop only.</summary>
internal sealed class OwnerRegistry
{
    private readonly Dictionary<SecureId, RegisteredOwner> _bySid = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<RegisteredOwner> _all = [];

    public IReadOnlyList<RegisteredOwner> All => _all;

    /// <exception cref="ConnException">AlreadyExists: the name or the id is taken.</exception>
    public void Add(RegisteredOwner owner)
    {
        SecureId sid = owner.Registration.Sid;
        if (_bySid.ContainsKey(sid) || !_names.Add(owner.Name))
        {
            throw new ConnException(ErrorCode.AlreadyExists, $"Owner {owner.Name} ({sid}): an owner of this name or id is registered already; both must be unique in a host.");
        }

        _bySid.Add(sid, owner);
        _all.Add(owner);
    }

    public RegisteredOwner? Find(SecureId sid) => _bySid.GetValueOrDefault(sid);

    /// <summary>The owners named, or all, in the order in which they were registered.</summary>
    /// <exception cref="OperationRefusedException">One is not registered.</exception>
    public IReadOnlyList<RegisteredOwner> Select(IReadOnlyList<SecureId>? sids)
    {
        if (sids is null)
        {
            return [.. _all];
        }

        foreach (SecureId sid in sids.Where(s => !_bySid.ContainsKey(s)))
        {
            throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
                $"No owner {sid} is registered; registered are {string.Join(", ", _all.Select(o => $"{o.Name} ({o.Registration.Sid})"))}.");
        }

        HashSet<SecureId> wanted = [.. sids];
        return [.. _all.Where(o => wanted.Contains(o.Registration.Sid))];
    }

    /// <summary>An operation is over: every session is stale, every owner starts afresh.</summary>
    public void EndSessions() => _all.ForEach(o => o.End());

    public void RenewLeases() => _all.ForEach(o => o.Session?.Endpoint.RenewLease());
}
