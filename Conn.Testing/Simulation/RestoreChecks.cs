using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Owners;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What the owners must have after an operation and after a crash: what a restore put in place, and otherwise what they had.</summary>
internal sealed class RestoreChecks(SimulationRun run)
{
    private OwnerTies Ties => run.Ties;

    /// <summary>A backup changes no owner's data, except for a restore that it rolled forward.</summary>
    public void CheckUntouched(OperationEnding? ending, IReadOnlyList<RestoreRecord> pending, long newest)
    {
        foreach (SimulatedOwner owner in run.Owners)
        {
            Dictionary<DriveKey, string> now = owner.Look();
            foreach ((DriveKey place, string image) in now)
            {
                if (image != owner.Images[place] && !PendingChecks.MayBecome(owner, place, image))
                {
                    run.Violated(Invariant.AllOrNothing,
                        $"a backup changed the data of {owner.Name} on drive {place}: it {ImageDifference.Of(owner.Images[place], image)}");
                }
            }

            run.PendingChecks.CheckForwarded(owner, now, null, pending, newest, ending);
            owner.Expect(now);
        }
    }

    /// <summary>After a restore every place is as it was or as it was to be, as the commit record says.</summary>
    /// <param name="ending">How the operation ended; null after a crash.</param>
    /// <param name="restored">The set.</param>
    /// <param name="pending">The records that are committed and not finished.</param>
    /// <param name="newest">The number of the newest record.</param>
    /// <param name="committed">The record of this operation: after a crash it says which owners were restored in place, and which had failed before.</param>
    public void CheckRestored(OperationEnding? ending, BackupSet restored, IReadOnlyList<RestoreRecord> pending, long newest, RestoreRecord? committed)
    {
        string id = restored.Id.Text;
        foreach (SimulatedOwner owner in run.Owners)
        {
            RestoreOwner? recorded = committed?.Owners.FirstOrDefault(o => o.Sid == owner.Sid.Value);
            Dictionary<DriveKey, string> now = owner.Look();
            Dictionary<DriveKey, string> wanted = (run.Current.Plan.InPlace ? recorded is not null : run.Current.IsCommitted) ? Wanted(owner, id) : [];
            foreach ((DriveKey place, string image) in now)
            {
                bool done = wanted.TryGetValue(place, out string? complete) && StoredModel.Fits(image, complete);
                if (!done && image != owner.Images[place] && !PendingChecks.MayBecome(owner, place, image))
                {
                    string committedAs = $"{(run.Current.IsCommitted ? "" : "not ")}committed{(recorded is null ? "" : " and recorded")}";
                    run.Violated(Invariant.AllOrNothing, $"the data of {owner.Name} on drive {place} is neither as it was nor as the backup had it, and the restore"
                        + $" is {committedAs}: it {ImageDifference.Of(complete ?? owner.Images[place], image)}");
                }
            }

            run.PendingChecks.CheckForwarded(owner, now, wanted, pending, newest, ending);
            if (recorded is not null)
            {
                CheckRecorded(owner, recorded, id);
                CheckReplaced(owner, committed!, pending);
                if (!recorded.Completed)
                {
                    (owner.Pending, owner.PendingRecord) = (wanted, committed!.Number);
                    owner.HasSaidGone = false;
                    owner.IsPendingInPlace = wanted.Keys.All(w => !w.IsProxied && owner.Placed.Contains(w.Drive));
                    owner.WasPendingPlaced = wanted.All(w => StoredModel.Fits(now[w.Key], w.Value));
                    owner.IsPendingUncertain = ending?.Restore is { Committed: false };
                }
            }

            if (wanted.Count > 0 && owner.Calls is { IsInside: true })
            {
                // It may yet come to its end.
                owner.Late = wanted;
            }

            owner.Expect(now);
        }

        if (committed is not null)
        {
            CheckWhole(committed, id);
        }

        foreach (OwnerReport report in ending?.Restore?.Owners.Where(o => o.Outcome == OwnerOutcome.Succeeded) ?? [])
        {
            CheckGiven(run.Owners.Single(o => o.Sid == report.Sid), id);
        }

        if (ending?.Restore is { } result && result.Committed != run.Current.IsCommitted)
        {
            run.Violated(Invariant.Told, $"the report says committed: {result.Committed}, and the steps say {run.Current.IsCommitted}");
        }
    }

    /// <summary>The record says which part the owner's next increment continues.</summary>
    private void CheckRecorded(SimulatedOwner owner, RestoreOwner recorded, string set)
    {
        bool own = Ties.Named().Contains(owner) && run.Sets[set][owner.Number].Images.Keys.Any(p => !p.IsProxied);
        if (recorded.ChangesParent != own)
        {
            run.Violated(Invariant.PromoteOnCommit,
                $"{owner.Name} was {(own ? "" : "not ")}given data of its own, and the record says that its next increment continues {(recorded.ChangesParent ? "the set restored" : "what it was")}");
        }

        owner.Parent = own ? set : owner.Parent;
    }

    /// <summary>A committed restore replaces the earlier ones of its owners: none of them waits any more.</summary>
    private void CheckReplaced(SimulatedOwner owner, RestoreRecord committed, IReadOnlyList<RestoreRecord> pending)
    {
        if (pending.Any(r => r.Number < committed.Number && r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed)))
        {
            run.Violated(Invariant.AllOrNothing, $"{owner.Name} is restored, and an earlier restore of it still waits and would overwrite this one");
        }
    }

    /// <summary>What an owner's process has to put in place: of its own what the set holds when it is named, of others what it was given completely.</summary>
    private Dictionary<DriveKey, string> Wanted(SimulatedOwner owner, string set)
    {
        bool isNamed = Ties.Named().Contains(owner);
        return run.Sets[set].TryGetValue(owner.Number, out StoredModel? model)
            ? model.Images.Where(i => i.Key.IsProxied ? owner.Streams.TryGetValue(i.Key, out StreamRecord? given) && given.Given.Count > 0 : isNamed).ToDictionary()
            : [];
    }

    /// <summary>A commit covers all of an owner's data, its own and what managers keep of it, or nothing of it.</summary>
    private void CheckWhole(RestoreRecord committed, string set)
    {
        HashSet<uint> recorded = [.. committed.Owners.Select(o => o.Sid)];
        foreach (SimulatedOwner owner in Ties.Named().Where(o => o.Plan.IsProxied))
        {
            List<SimulatedOwner> keepers = owner.Plan.HasOwnData ? [owner, .. Ties.ManagersOf(owner)] : Ties.ManagersOf(owner);
            List<string> covered = [];
            List<string> missing = [];
            foreach (SimulatedOwner keeper in keepers)
            {
                Dictionary<DriveKey, string> wanted = recorded.Contains(keeper.Sid.Value) ? Wanted(keeper, set) : [];
                foreach (DriveKey place in Stored(run.Sets[set], owner, keeper))
                {
                    (wanted.ContainsKey(place) ? covered : missing).Add($"{place.Drive} at {keeper.Name}");
                }
            }

            if (covered.Count > 0 && missing.Count > 0)
            {
                run.Violated(Invariant.AllOrNothing, $"the commit of {owner.Name} covers {string.Join(", ", covered)}, and not {string.Join(", ", missing)}");
            }
        }
    }

    /// <summary>What an owner and its managers were given is what the chain holds, base first, increments in order; and it is in place.</summary>
    private void CheckGiven(SimulatedOwner owner, string set)
    {
        List<StoredModel> chain = [];
        for (string? at = set; at is not null; at = chain[0].Parent)
        {
            if (!run.Sets[at].TryGetValue(owner.Number, out StoredModel? model))
            {
                break;
            }

            chain.Insert(0, model);
        }

        foreach (DriveKey place in Stored(run.Sets[set], owner, owner))
        {
            CheckGiven(owner, place, [.. chain.Select(m => m.Data.GetValueOrDefault(place, "nothing"))], chain[^1]);
        }

        foreach (SimulatedOwner manager in Ties.ManagersOf(owner))
        {
            foreach (DriveKey place in Stored(run.Sets[set], owner, manager))
            {
                StoredModel model = run.Sets[set][manager.Number];
                CheckGiven(manager, place, [model.Data[place]], model);
            }
        }
    }

    /// <summary>The places of an owner's data that a set holds of one keeper: the owner itself, or a manager of it.</summary>
    private static IEnumerable<DriveKey> Stored(Dictionary<int, StoredModel> set, SimulatedOwner owner, SimulatedOwner keeper) => set.TryGetValue(keeper.Number, out StoredModel? model)
        ? model.Images.Keys.Where(k => keeper == owner ? !k.IsProxied : k.ProxiedOwner == owner.Sid) : [];

    private void CheckGiven(SimulatedOwner keeper, DriveKey place, string[] stored, StoredModel newest)
    {
        if (!stored.SequenceEqual(keeper.Stream(place).Given))
        {
            run.Violated(Invariant.SameBytes, $"{keeper.Name}, drive {place}: stored {string.Join(", ", stored)}, given {string.Join(", ", keeper.Stream(place).Given)}");
        }

        if (!StoredModel.Fits(keeper.Images[place], newest.Images[place]))
        {
            run.Violated(Invariant.AllOrNothing,
                $"{keeper.Name} is reported as restored, and its data on drive {place} {ImageDifference.Of(newest.Images[place], keeper.Images[place])}");
        }
    }
}
