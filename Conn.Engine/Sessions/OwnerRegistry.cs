using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine.Sessions;

/// <summary>The owners an engine knows, in the order in which they were registered; names and ids are unique. Used in the engine's loop only.</summary>
internal sealed class OwnerRegistry
{
    private readonly Dictionary<SecureId, RegisteredOwner> _bySid = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<RegisteredOwner> _all = [];

    public IReadOnlyList<RegisteredOwner> All => _all;

    /// <exception cref="ConnException">AlreadyExists: the name or the id is taken. Argument: its managers, or its sections, cannot be.</exception>
    public void Add(RegisteredOwner owner)
    {
        SecureId sid = owner.Registration.Sid;
        CheckManagers(owner);
        if (owner.Registration.MinSectionBytes is < 1 or > RepositoryOptions.MaxSectionBytes)
        {
            throw new ConnException(ErrorCode.Argument, $"Owner {owner.Name} asks for sections of at least {owner.Registration.MinSectionBytes} bytes; 1 to {RepositoryOptions.MaxSectionBytes} can be had.");
        }

        if (_bySid.ContainsKey(sid) || !_names.Add(owner.Name))
        {
            throw new ConnException(ErrorCode.AlreadyExists, $"Owner {owner.Name} ({sid}): an owner of this name or id is registered already; both must be unique in a host.");
        }

        _bySid.Add(sid, owner);
        _all.Add(owner);
    }

    /// <summary>Where an owner stands, its managers included: it is ready when all of them are.</summary>
    public (DataOwnerStatus Status, ErrorCode Code) Standing(RegisteredOwner owner)
    {
        (DataOwnerStatus Status, ErrorCode Code) own = (owner.Status, owner.FailureCode);
        if (!owner.IsProxied || own.Status == DataOwnerStatus.Failed || (owner.HasOwnData && own.Status is not (DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl)))
        {
            return own;
        }

        foreach (SecureId sid in owner.Registration.ProxyManagers)
        {
            if (Find(sid) is not { } manager)
            {
                return (DataOwnerStatus.NotFound, ErrorCode.NotFound);
            }

            if (manager.Status != DataOwnerStatus.Ready)
            {
                return (manager.Status, manager.FailureCode);
            }
        }

        return (DataOwnerStatus.Ready, ErrorCode.None);
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

    /// <summary>An owner is not its own manager, has each once, and no circle of managers is closed by it.</summary>
    private void CheckManagers(RegisteredOwner owner)
    {
        IReadOnlyList<SecureId> managers = owner.Registration.ProxyManagers;
        if (managers.Any(m => m.Value == 0) || managers.Distinct().Count() < managers.Count)
        {
            throw new ConnException(ErrorCode.Argument, $"Owner {owner.Name}: ProxyManagers names each manager once, by its id; 0 is nobody's.");
        }

        HashSet<SecureId> seen = [];
        Stack<SecureId> open = new(managers);
        while (open.TryPop(out SecureId sid))
        {
            if (sid == owner.Registration.Sid)
            {
                throw new ConnException(ErrorCode.Argument, $"Owner {owner.Name} ({sid}) would be a proxy manager of its own data, directly or through others; break the circle.");
            }

            if (seen.Add(sid) && _bySid.TryGetValue(sid, out RegisteredOwner? manager))
            {
                foreach (SecureId next in manager.Registration.ProxyManagers)
                {
                    open.Push(next);
                }
            }
        }
    }

    public void RenewLeases() => _all.ForEach(o => o.Session?.Endpoint.RenewLease());
}
