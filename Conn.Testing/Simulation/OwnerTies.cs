using Conn.ActiveBackup;

namespace Conn.Testing.Simulation;

/// <summary>Which owners take part in the present operation, and which of them are joined by proxy managers and so may fail together.</summary>
internal sealed class OwnerTies(SimulationRun run)
{
    private PlannedOperation Plan => run.Current.Plan;

    /// <summary>
    /// The owners of the present operation; one without callbacks cannot take a restore, unless managers keep all of its data, or the restore names no owners:
    /// then all take part of which the set holds something.
    /// </summary>
    public IEnumerable<SimulatedOwner> Named() => Plan is { IsRestore: true, AllStored: true } ? run.Owners.Where(o => run.Current.Restored?.Part(o.Sid.Value) is { IsStored: true }) : run.Owners.Where(o =>
        (Plan.Owners == 0 || (Plan.Owners & (1u << o.Number)) != 0) && (o.Plan.HasCallbacks || o.Plan.IsProxied || !Plan.IsRestore));

    /// <summary>The drives of an owner in the present operation: in a restore those of its part.</summary>
    public DriveList DrivesOf(SimulatedOwner owner) => run.Current.Restored is not { } set ? owner.Drives
        : DriveList.Of([.. set.Part(owner.Sid.Value)?.Drives.Select(d => DriveNumber.FromIndex(d.Drive)) ?? []]);

    public List<SimulatedOwner> ManagersOf(SimulatedOwner owner) => [.. owner.Plan.Managers.Select(m => run.Owners[m])];

    /// <summary>Whether an owner takes part only as a manager of others.</summary>
    public bool IsHelper(SimulatedOwner owner) => !Named().Contains(owner) && Serves(owner);

    /// <summary>A manager of which all owners failed before it was begun is not begun any more.</summary>
    public bool IsNeverBegun(SimulatedOwner owner, SimulatedSpan span) => IsHelper(owner) && !span.Begun.Contains(owner)
        && Named().Where(o => o.Plan.Managers.Contains(owner.Number)).All(span.Failed.ContainsKey);

    /// <summary>A manager that still gets ready when all owners of a backup are done with is terminated, and nothing of it is reported.</summary>
    public bool IsNotNeeded(SimulatedOwner owner, SimulatedSpan span) => !Plan.IsRestore && !span.IsResume && IsHelper(owner) && Named().All(span.Finished.Contains);

    /// <summary>Whether owners of the present operation have data with it.</summary>
    public bool Serves(SimulatedOwner owner) => Named().Any(o => o.Plan.Managers.Contains(owner.Number));

    /// <summary>
    /// The owners whose failure may be this owner's: in a backup its managers, and theirs where they hand over data of their own;
    /// in a restore all that are joined with it, both ways.
    /// </summary>
    public HashSet<SimulatedOwner> Joined(SimulatedOwner owner)
    {
        HashSet<SimulatedOwner> named = [.. Named()];
        HashSet<SimulatedOwner> joined = [];
        Stack<SimulatedOwner> open = new([owner]);
        while (open.TryPop(out SimulatedOwner? next))
        {
            if (joined.Add(next))
            {
                (named.Contains(next) ? ManagersOf(next) : []).ForEach(open.Push);
                foreach (SimulatedOwner served in named.Where(o => Plan.IsRestore && o.Plan.Managers.Contains(next.Number)))
                {
                    open.Push(served);
                }
            }
        }

        return joined;
    }
}
