using System.Collections.Concurrent;
using Conn.ActiveBackup;
using Conn.PubSub.Security;

namespace Conn.Engine.Owners;

/// <summary>The registered owners and how they depend on each other: dependencies, proxy managers, and the orders that follow. Used in the engine's loop
/// only.</summary>
/// <remarks>Invariants: names and ids are unique; no owner depends on itself, directly or through others.</remarks>
internal sealed class OwnerGraph
{
    private readonly List<RegisteredOwner> _all = [];
    private readonly ConcurrentDictionary<SecureId, RegisteredOwner> _bySid = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The owners, in the order in which they were registered.</summary>
    public IReadOnlyList<RegisteredOwner> All => _all;

    /// <summary>Adds an owner. Owners that it names may be registered later.</summary>
    /// <exception cref="ConnException">AlreadyExists: the name or the id is taken. Argument: it would depend on itself.</exception>
    public void Add(RegisteredOwner owner)
    {
        if (_bySid.ContainsKey(owner.Registration.Sid) || _names.Contains(owner.Name))
        {
            throw new ConnException(ErrorCode.AlreadyExists,
                $"Owner {owner.Name} ({owner.Registration.Sid}): an owner of this name or id is registered already; both must be unique in a host.");
        }

        if (DependsOn(owner, owner.Registration.Sid))
        {
            throw new ConnException(ErrorCode.Argument,
                $"Owner {owner.Name} ({owner.Registration.Sid}) would depend on itself through RestoreAfter and ProxyManagers; break the circle in the registrations.");
        }

        _all.Add(owner);
        _names.Add(owner.Name);
        _bySid[owner.Registration.Sid] = owner;
    }

    /// <summary>Removes an owner, and ends its session.</summary>
    /// <returns>False when there is none with this id.</returns>
    public bool Remove(SecureId sid)
    {
        if (!_bySid.TryRemove(sid, out RegisteredOwner? owner))
        {
            return false;
        }

        _all.Remove(owner);
        _names.Remove(owner.Name);
        owner.End();
        return true;
    }

    /// <summary>The owner of an id, or null. Any thread.</summary>
    public RegisteredOwner? Find(SecureId sid) => _bySid.GetValueOrDefault(sid);

    /// <summary>Renews the lease of every connected owner.</summary>
    /// <returns>The shortest lease; null when none is connected.</returns>
    public TimeSpan? RenewLeases()
    {
        List<OwnerSession> sessions = [.. _all.Select(o => o.Session).OfType<OwnerSession>()];
        sessions.ForEach(s => s.RenewLease());
        return sessions.Min(s => (TimeSpan?)s.Connection.Lease);
    }

    /// <summary>Where an owner stands, its managers included: it is ready when all of them are.</summary>
    public OwnerStanding Standing(RegisteredOwner owner)
    {
        OwnerStanding own = new(owner.Registration, owner.Status, owner.FailureCode);
        bool isReady = own.Status is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl;
        if (!owner.IsProxied || own.Status == DataOwnerStatus.Failed || (owner.HasOwnData && !isReady))
        {
            return own;
        }

        foreach (SecureId sid in owner.Registration.ProxyManagers)
        {
            if (Find(sid) is not { } manager)
            {
                return own with { Status = DataOwnerStatus.NotFound, Error = ErrorCode.NotFound };
            }

            if (manager.Status != DataOwnerStatus.Ready)
            {
                return own with { Status = manager.Status, Error = manager.FailureCode };
            }
        }

        return own with { Status = DataOwnerStatus.Ready, Error = ErrorCode.Success };
    }

    /// <summary>The managers of an owner, in its registration's order; each registered, and as one.</summary>
    /// <exception cref="DataOwnerException">One is not.</exception>
    public IReadOnlyList<RegisteredOwner> ManagersOf(RegisteredOwner owner) => [.. owner.Registration.ProxyManagers.Select(sid =>
    {
        RegisteredOwner manager = Find(sid) ?? throw new DataOwnerException(owner.Name, ErrorCode.NotFound,
            $"Manager {sid} of owner {owner.Name} is not registered; register it, or remove it from the owner's ProxyManagers.");
        return CanManage(manager) ? manager : throw new DataOwnerException(owner.Name, ErrorCode.NotSupported,
            $"Manager {manager.Name} of owner {owner.Name} is registered as {manager.Registration.ActiveType}; a manager is {ActiveType.ActiveAndProxy} or {ActiveType.ProxyOnly}.");
    })];

    /// <summary>The managers of owners of an operation that are not in the operation themselves: they prepare and serve, nothing else is asked of
    /// them.</summary>
    public IReadOnlyList<RegisteredOwner> HelpersOf(IReadOnlyCollection<RegisteredOwner> owners) =>
        [.. owners.SelectMany(o => o.Registration.ProxyManagers).Select(Find).OfType<RegisteredOwner>().Where(CanManage).Distinct().Except(owners)];

    /// <summary>The order of a backup: as registered, but a manager after the owners it serves.</summary>
    /// <remarks>So a manager's failure for others is known before its own part is called good, and a failure of its own part harms no owner it has
    /// served.</remarks>
    public static IReadOnlyList<T> BackupOrder<T>(IReadOnlyList<T> runs, Func<T, RegisteredOwner> ownerOf)
    {
        ILookup<SecureId, T> served = runs.SelectMany(r => ownerOf(r).Registration.ProxyManagers.Select(m => (Manager: m, Run: r))).ToLookup(p => p.Manager, p => p.Run);
        return served.Count == 0 ? runs : Sort(runs, r => served[ownerOf(r).Registration.Sid]);
    }

    /// <summary>The order of a restore: each owner after those it depends on and those that keep data of it, else as given.</summary>
    public static IReadOnlyList<T> RestoreOrder<T>(IReadOnlyList<T> runs, Func<T, RegisteredOwner> ownerOf)
    {
        Dictionary<SecureId, T> bySid = runs.ToDictionary(r => ownerOf(r).Registration.Sid);
        return Sort(runs, r => Needs(ownerOf(r)).Where(bySid.ContainsKey).Select(sid => bySid[sid]));
    }

    private static bool CanManage(RegisteredOwner owner) => owner.Registration.ActiveType != ActiveType.ActiveOnly;

    private static IEnumerable<SecureId> Needs(RegisteredOwner owner) => owner.Registration.RestoreAfter.Concat(owner.Registration.ProxyManagers);

    private bool DependsOn(RegisteredOwner owner, SecureId wanted)
    {
        HashSet<SecureId> seen = [];
        Stack<SecureId> open = new(Needs(owner));
        while (open.TryPop(out SecureId sid))
        {
            if (sid == wanted)
            {
                return true;
            }

            if (seen.Add(sid) && Find(sid) is { } next)
            {
                foreach (SecureId needed in Needs(next))
                {
                    open.Push(needed);
                }
            }
        }

        return false;
    }

    /// <summary>Sorts so that each comes after those it needs, else in the given order. Registration refuses circles, so this ends.</summary>
    private static List<T> Sort<T>(IReadOnlyList<T> runs, Func<T, IEnumerable<T>> needs)
    {
        List<T> sorted = [];
        HashSet<T> seen = [];
        Stack<(T Run, IEnumerator<T> Needs)> open = new(); // instead of recursion: a chain of owners may be longer than a thread's stack
        foreach (T run in runs)
        {
            Open(run);
            while (open.TryPeek(out (T Run, IEnumerator<T> Needs) last))
            {
                if (last.Needs.MoveNext())
                {
                    Open(last.Needs.Current);
                }
                else
                {
                    sorted.Add(open.Pop().Run);
                }
            }
        }

        return sorted;

        void Open(T run)
        {
            if (seen.Add(run))
            {
                open.Push((run, needs(run).GetEnumerator()));
            }
        }
    }
}
