using Conn.ActiveBackup.Contract;
using Conn.Engine.Proxies;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;

namespace Conn.Engine.Operations;

/// <content>Managers: what an owner has with others, and what it keeps for them.</content>
internal sealed partial class OwnerRestore
{
    private readonly List<OwnerRestore> _keepsFor = [];
    private readonly List<OwnerRestore> _served = [];

    /// <summary>Those that keep data of it, in its registration's order.</summary>
    public IReadOnlyList<OwnerRestore> Managers { get; private set; } = [];

    /// <summary>Whether others of this restore have data with it.</summary>
    public bool Serves { get; init; }

    /// <summary>Whether it takes part for others only, and was not asked for itself.</summary>
    public bool IsHelper { get; init; }

    /// <summary>Whether all that it would take part for has fallen out.</summary>
    public bool IsIdleHelper => IsHelper && _served.TrueForAll(o => o.Failure is not null);

    /// <summary>Whether it is joined with others by a manager: prepared only when all of them were fed.</summary>
    public bool IsTied => Serves || Owner.IsProxied;

    /// <summary>
    /// Drives and bytes that its plan is asked about: its own, and the drives on which it is given data of owners it serves. How much of their data is
    /// a manager's, a set does not tell: -1 where that is all, not counted where it has data of its own, and -1 for an owner that managers serve.
    /// </summary>
    public IEnumerable<(DriveNumber Drive, long Bytes)> Asked =>
        Drives.Concat(_served.Where(o => o.Failure is null).SelectMany(o => o.Drives)).Distinct().Order().Select(d => (d, Drives.Contains(d) && !Owner.IsProxied ? ExpectedBytes : -1)).ToList();

    /// <summary>The drives on which it got data of its own.</summary>
    private DriveList OwnDrives { get; set; }

    /// <summary>Finds its managers among those that take part.</summary>
    public void Join(IReadOnlyDictionary<RegisteredOwner, OwnerRestore> runs)
    {
        try
        {
            Managers = [.. _operation.ManagersOf(Owner).Select(m => runs[m])];
            foreach (OwnerRestore manager in Managers)
            {
                manager._served.Add(this);
            }
        }
        catch (DataOwnerException e)
        {
            Failure ??= e;
        }
    }

    /// <summary>Works for an owner that has data with this one. A failure is for good.</summary>
    /// <exception cref="DataOwnerException">It failed, now or before; told as the served owner's failure.</exception>
    public async Task ServeAsync(OwnerRestore served, Func<Task> work)
    {
        try
        {
            if ((Failure ?? Owner.FailedBefore) is { } failed)
            {
                throw failed;
            }

            await work();
        }
        catch (DataOwnerException e)
        {
            Failure ??= e;
            throw e.AsManagerOf(served.Owner);
        }
    }

    /// <summary>From here on it holds data of another owner on a drive.</summary>
    public void Keeps(OwnerRestore served, DriveNumber drive)
    {
        _given = _given.Union(DriveList.Of(drive));
        if (!_keepsFor.Contains(served))
        {
            _keepsFor.Add(served);
        }
    }

    /// <summary>A manager failed: what it keeps of this owner cannot be put in place.</summary>
    public bool FailWithManagers()
    {
        if (Failure is not null || Managers.FirstOrDefault(m => m.Failure is not null) is not { } manager)
        {
            return false;
        }

        Failure = manager.Failure!.AsManagerOf(Owner);
        return true;
    }

    /// <summary>An owner failed whose data this one has staged: putting the rest in place would put that in place too.</summary>
    public bool FailWithServed()
    {
        if (Failure is not null || _keepsFor.Find(o => o.Failure is not null) is not { } served)
        {
            return false;
        }

        Failure = new DataOwnerException(Owner.Name, served.Failure!.Callback, served.Failure.Code,
            $"Owner {Owner.Name} has staged data of owner {served.Owner.Name}, which failed; it drops all it staged: {served.Failure.Message}", served.Failure);
        return true;
    }

    private async Task FeedProxiedAsync(DriveNumber drive, CancellationToken abort)
    {
        await new ProxiedFeed(this, drive, abort).GiveAsync(_repository, Part!);
        _operation.Report(OperationPhase.DataFinished, Owner.Name, _bytes, ExpectedBytes);
    }

    /// <summary>A set tells whether managers handed over the owner's data; what was stored one way cannot be given back the other way.</summary>
    private void CheckKind()
    {
        if (!Resumes && Owner.Registration.ActiveType != ActiveType.ActiveOnly && _operation.StillPending.Contains(Owner.Registration.Sid))
        {
            throw new DataOwnerException(Owner.Name, "restore", ErrorCode.InUse,
                $"Owner {Owner.Name} keeps data for others, and a restore that an earlier run had decided still waits for it; another one, be it of its own data only, would come over it. "
                + "Run a backup or a restore in place until it is rolled forward.");
        }

        if (!Resumes && Part is { Drives.Count: > 0 } part && part.Grade == GradeName.Of(OwnerGrade.Proxy) != Owner.IsProxied)
        {
            throw new DataOwnerException(Owner.Name, "restore", ErrorCode.Corrupt, Owner.IsProxied
                ? $"Set {part.Set} holds no data of managers of owner {Owner.Name}; register it without ProxyManagers to restore this set."
                : $"Set {part.Set} holds data of owner {Owner.Name} that proxy managers keep; register them as they were when the set was made.");
        }
    }

    /// <summary>What managers could not put in place is missing of this owner, whatever became of its own.</summary>
    private void TakeOverFromManagers()
    {
        foreach (OwnerRestore manager in Managers)
        {
            _errors.AddRange(manager.IsHelper ? manager._errors : []);
        }

        FailWithManagers();
    }
}
