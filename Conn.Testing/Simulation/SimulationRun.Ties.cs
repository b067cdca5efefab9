using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.Repository.Restores;

namespace Conn.Testing.Simulation;

/// <summary>Who is joined with whom by proxy managers, and so may fail with whom.</summary>
internal sealed partial class SimulationRun
{
    private List<SimulatedOwner> ManagersOf(SimulatedOwner owner) => [.. owner.Plan.Managers.Select(m => _owners[m])];

    /// <summary>Those that have a part in the present operation without being named: managers of who is.</summary>
    private bool IsHelper(SimulatedOwner owner) => !Named().Contains(owner) && Named().Any(o => o.Plan.Managers.Contains(owner.Number));

    /// <summary>Whether owners of the present operation have data with it.</summary>
    private bool Serves(SimulatedOwner owner) => Named().Any(o => o.Plan.Managers.Contains(owner.Number));

    /// <summary>
    /// Whose trouble can be this owner's: in a backup that of its managers, and theirs where they hand over data of their own;
    /// in a restore that of everybody joined with it, both ways.
    /// </summary>
    private HashSet<SimulatedOwner> Joined(SimulatedOwner owner)
    {
        HashSet<SimulatedOwner> named = [.. Named()];
        HashSet<SimulatedOwner> joined = [];
        Stack<SimulatedOwner> open = new([owner]);
        while (open.TryPop(out SimulatedOwner? next))
        {
            if (joined.Add(next))
            {
                (named.Contains(next) ? ManagersOf(next) : []).ForEach(open.Push);
                foreach (SimulatedOwner served in named.Where(o => _operation.IsRestore && o.Plan.Managers.Contains(next.Number)))
                {
                    open.Push(served);
                }
            }
        }

        return joined;
    }

    /// <summary>A decision covers all of an owner's data, its own and what managers keep of it, or nothing of it.</summary>
    private void CheckWhole(RestoreRecord decided, string set)
    {
        HashSet<uint> recorded = [.. decided.Owners.Select(o => o.Sid)];
        foreach (SimulatedOwner owner in Named().Where(o => o.Plan.IsProxied))
        {
            List<SimulatedOwner> keepers = owner.Plan.HasOwnData ? [owner, .. ManagersOf(owner)] : ManagersOf(owner);
            List<string> covered = [];
            List<string> missing = [];
            foreach (SimulatedOwner keeper in keepers)
            {
                Dictionary<DriveKey, string> wanted = recorded.Contains(keeper.Sid.Value) ? Wanted(keeper, set) : [];
                foreach (DriveNumber drive in owner.Subject.Drives)
                {
                    bool isCovered = wanted.ContainsKey(keeper == owner ? new DriveKey(drive) : new DriveKey(drive, owner.Sid));
                    (isCovered ? covered : missing).Add($"{drive} at {keeper.Name}");
                }
            }

            if (covered.Count > 0 && missing.Count > 0)
            {
                Violated(Invariant.AllOrNothing, $"of {owner.Name} is decided what is on {string.Join(", ", covered)}, and not what is on {string.Join(", ", missing)}");
            }
        }
    }

    /// <summary>A place that a callback names is the owner's own, or one that it keeps for an owner of this operation; nothing of its own is asked of a helper.</summary>
    private string? WrongPlace(SimulatedOwner owner, OwnerCallKind kind, DriveKey place)
    {
        if (kind is OwnerCallKind.PrepareRestore or OwnerCallKind.RestoreComplete or OwnerCallKind.ResumeRestore)
        {
            return owner.Places.Any(p => p.Drive == place.Drive) ? null : "where it keeps nothing";
        }

        if (!owner.Places.Contains(place))
        {
            return "which it does not have";
        }

        return place.IsProxied && !Named().Any(o => o.Sid == place.ProxiedOwner) ? "whose owner does not take part"
            : !place.IsProxied && _going && owner.Pending is null && IsHelper(owner) ? "of which nothing was asked for" : null;
    }
}
