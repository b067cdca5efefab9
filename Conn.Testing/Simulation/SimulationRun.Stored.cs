using System.Globalization;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub.Security;
using Conn.Repository.Checks;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Testing.Simulation;

/// <summary>What the repository must hold, and what owners must have, after an operation and after a crash.</summary>
internal sealed partial class SimulationRun
{
    private async Task CheckAfterCrashAsync(BackupSet? restored, List<BackupSet> before)
    {
        await ReconcileAsync(null, restored, before);
        await VerifyAsync();
    }

    private async Task VerifyAsync()
    {
        VerifyReport report = await RepositoryVerifier.VerifyAsync(_host.Repository, null, null, CancellationToken.None);
        foreach (VerifyProblem problem in report.Problems)
        {
            Violated(Invariant.OldOrNew, $"verify: {problem}");
        }
    }

    /// <summary>Compares repository and owners with what they must be, and takes over what may be either way. No ending means a crash.</summary>
    private async Task ReconcileAsync(Ending? ending, BackupSet? restored, List<BackupSet> before)
    {
        SetList sets = await _host.Repository.ListSetsAsync(CancellationToken.None);
        foreach (SetProblem problem in sets.Problems)
        {
            Violated(Invariant.OldOrNew, $"{problem.What}");
        }

        if (before.FirstOrDefault(b => sets.All(s => s.Id != b.Id)) is { } lost)
        {
            Violated(Invariant.OldOrNew, $"set {lost.Id} is gone");
        }

        List<BackupSet> added = [.. sets.Where(s => before.All(b => b.Id != s.Id))];
        if (added.Count > (_operation.IsRestore ? 0 : 1) || (ending is not null && added.Count != (ending.Backup?.Set is null ? 0 : 1)))
        {
            Violated(Invariant.OldOrNew, $"{added.Count} new sets after {(ending is null ? "a crash" : ending.Failure?.GetType().Name ?? "a report")}");
        }

        IReadOnlyList<RestoreRecord> restores = await _host.Repository.ListRestoresAsync(CancellationToken.None);
        List<RestoreRecord> pending = [.. restores.Where(r => !r.Completed)];
        CheckReported(ending, pending);
        if (_operation.IsRestore)
        {
            CheckNewer(ending);
            CheckRestored(ending, restored!, pending, restores.FirstOrDefault(r => r.Number > _lastRestore));
        }
        else
        {
            CheckUntouched(ending, pending);
        }

        _lastRestore = restores.Count == 0 ? 0 : restores[^1].Number;
        if (added.Count == 1)
        {
            CheckStoredOutcome(added[0], ending?.Backup);
            Adopt(added[0], ending?.Backup);
        }
    }

    /// <summary>A backup changes nobody's data, but for a restore it rolled forward.</summary>
    private void CheckUntouched(Ending? ending, IReadOnlyList<RestoreRecord> pending)
    {
        foreach (SimulatedOwner owner in _owners)
        {
            Dictionary<DriveKey, string> now = owner.Look();
            foreach ((DriveKey place, string image) in now)
            {
                if (image != owner.Images[place] && !MayBecome(owner, place, image))
                {
                    Violated(Invariant.AllOrNothing, $"a backup changed what {owner.Name} keeps on drive {place}");
                }
            }

            CheckForwarded(owner, now, null, pending, ending?.Backup?.Notes);
            owner.Expect(now);
        }
    }

    /// <param name="ending">How the operation ended; none after a crash.</param>
    /// <param name="restored">The set.</param>
    /// <param name="pending">What is decided and not carried through.</param>
    /// <param name="decided">The record of this operation: what says after a crash who was restored in place, and who had fallen out before.</param>
    private void CheckRestored(Ending? ending, BackupSet restored, IReadOnlyList<RestoreRecord> pending, RestoreRecord? decided)
    {
        string id = restored.Id.Text;
        foreach (SimulatedOwner owner in _owners)
        {
            RestoreOwner? recorded = decided?.Owners.FirstOrDefault(o => o.Sid == owner.Sid.Value);
            Dictionary<DriveKey, string> now = owner.Look();
            Dictionary<DriveKey, string> wanted = _inPlace ? recorded is not null ? Wanted(owner, id) : [] : _committed ? Wanted(owner, id) : [];
            foreach ((DriveKey place, string image) in now)
            {
                bool done = wanted.TryGetValue(place, out string? whole) && image == whole;
                if (!done && image != owner.Images[place] && !MayBecome(owner, place, image))
                {
                    Violated(Invariant.AllOrNothing,
                        $"{owner.Name}, drive {place}: neither as it was nor as it was to be; committed: {_committed}, recorded: {recorded is not null}");
                }
            }

            CheckForwarded(owner, now, wanted, pending, ending?.Restore?.Notes);
            if (recorded is not null)
            {
                bool own = Named().Contains(owner) && _sets[id][owner.Number].Images.Keys.Any(p => !p.IsProxied);
                if (recorded.ChangesParent != own)
                {
                    Violated(Invariant.PromoteOnCommit, $"{owner.Name} was {(own ? "" : "not ")}given data of its own, and the decision says that its next increment continues {(recorded.ChangesParent ? "the set restored" : "what it was")}");
                }

                owner.Parent = own ? id : owner.Parent;
                owner.Pending = recorded.Completed ? owner.Pending : wanted;
            }

            if (wanted.Count > 0 && owner.Calls is { IsInside: true })
            {
                // It may yet come to its end.
                owner.Late = wanted;
            }

            owner.Expect(now);
        }

        if (decided is not null)
        {
            CheckWhole(decided, id);
        }

        foreach (OwnerReport report in ending?.Restore?.Owners.Where(o => o.Outcome == OwnerOutcome.Succeeded) ?? [])
        {
            CheckGiven(_owners.Single(o => o.Sid == report.Sid), id);
        }

        if (ending?.Restore is { } result && result.Committed != _committed)
        {
            Violated(Invariant.Told, $"the report says committed: {result.Committed}, and the steps say {_committed}");
        }
    }

    /// <summary>What an owner's process has to put in place: of its own what the set holds when it is named, of others what it was given completely.</summary>
    private Dictionary<DriveKey, string> Wanted(SimulatedOwner owner, string set)
    {
        bool isNamed = Named().Contains(owner);
        return _sets[set].TryGetValue(owner.Number, out StoredModel? model)
            ? model.Images.Where(i => i.Key.IsProxied ? owner.Streams.TryGetValue(i.Key, out StreamRecord? given) && given.Given.Count > 0 : isNamed).ToDictionary()
            : [];
    }

    /// <summary>What an owner and its managers were given is what the chain holds, base first, increments in order; and it is in place.</summary>
    private void CheckGiven(SimulatedOwner owner, string set)
    {
        List<StoredModel> chain = [];
        for (string? at = set; at is not null; at = chain[0].Parent)
        {
            if (!_sets[at].TryGetValue(owner.Number, out StoredModel? model))
            {
                break;
            }

            chain.Insert(0, model);
        }

        foreach (DriveNumber drive in owner.Plan.HasOwnData ? owner.Subject.Drives : DriveList.Empty)
        {
            CheckGiven(owner, new DriveKey(drive), [.. chain.Select(m => m.Data[new DriveKey(drive)])], chain[^1]);
        }

        foreach (SimulatedOwner manager in ManagersOf(owner))
        {
            foreach (DriveNumber drive in owner.Subject.Drives)
            {
                DriveKey place = new(drive, owner.Sid);
                StoredModel model = _sets[set][manager.Number];
                CheckGiven(manager, place, [model.Data[place]], model);
            }
        }
    }

    private void CheckGiven(SimulatedOwner keeper, DriveKey place, string[] stored, StoredModel newest)
    {
        if (!stored.SequenceEqual(keeper.Stream(place).Given))
        {
            Violated(Invariant.SameBytes, $"{keeper.Name}, drive {place}: stored {string.Join(", ", stored)}, given {string.Join(", ", keeper.Stream(place).Given)}");
        }

        if (keeper.Images[place] != newest.Images[place])
        {
            Violated(Invariant.AllOrNothing, $"{keeper.Name}, drive {place}: reported as restored, and it is not");
        }
    }

    /// <summary>A set was committed: it holds what was handed over, and continues what it must.</summary>
    private void Adopt(BackupSet set, BackupReport? report)
    {
        HashSet<SecureId> stored = [.. set.Parts.Where(p => p.IsStored).Select(p => new SecureId(p.Sid))];
        Dictionary<int, StoredModel> models = [];
        foreach (SimulatedOwner owner in _owners)
        {
            string? parent = null;
            bool hasPart = stored.Contains(owner.Sid);
            if (hasPart)
            {
                parent = set.Part(owner.Sid.Value)!.Parent?.Text;
                CheckPart(owner, set.Part(owner.Sid.Value)!, parent, report);
            }

            DriveKey[] held = [.. owner.Places.Where(p => p.IsProxied ? stored.Contains(p.ProxiedOwner) : hasPart && owner.Plan.HasOwnData)];
            models[owner.Number] = new StoredModel(parent, owner.VersionBefore, held.ToDictionary(p => p, p => owner.Images[p]),
                owner.Streams.Where(s => s.Value.Data is not null).ToDictionary(s => s.Key, s => s.Value.Data!), owner.Subject.Drives.ToDictionary(d => d, d => owner.Stream(d).Snapshot));
            if (hasPart && !_operation.CopyOnly)
            {
                owner.Parent = set.Id.Text;
            }
        }

        _sets[set.Id.Text] = models;
    }

    private void CheckPart(SimulatedOwner owner, OwnerPart part, string? parent, BackupReport? report)
    {
        if (parent is not null && (parent != owner.Parent || owner.Plan.IsProxied))
        {
            Violated(Invariant.PromoteOnCommit, $"{owner.Name} continues set {parent}, and should continue {(owner.Plan.IsProxied ? null : owner.Parent) ?? "none"}");
        }

        if (part.DataVersion != owner.VersionBefore || (parent is not null && _sets[parent][owner.Number].Version != part.DataVersion))
        {
            Violated(Invariant.PromoteOnCommit, $"{owner.Name} has version {owner.VersionBefore}, its part {part.DataVersion}, and its parent {(parent is null ? "none" : _sets[parent][owner.Number].Version.ToString(CultureInfo.InvariantCulture))}");
        }

        bool calm = _operation.Faults.Count == 0 && report is not null;
        if (parent is null && calm && CanContinue(owner))
        {
            Violated(Invariant.PromoteOnCommit, $"{owner.Name} gave a base, and could have continued set {owner.Parent}: {part.Why}");
        }

        foreach (DriveNumber drive in owner.Plan.HasOwnData ? owner.Subject.Drives : DriveList.Empty)
        {
            byte[]? expected = parent is null || !_sets.TryGetValue(parent, out Dictionary<int, StoredModel>? from) ? null : from[owner.Number].Snapshots[drive];
            byte[]? got = owner.Stream(drive).OldSnapshot;
            if ((expected is null) != (got is null) || (got is not null && !got.AsSpan().SequenceEqual(expected)))
            {
                Violated(Invariant.PromoteOnCommit, $"{owner.Name}, drive {drive}: the snapshot supplied is {(got is null ? "none" : "another")}; parent {parent ?? "none"}");
            }
        }
    }

    private bool CanContinue(SimulatedOwner owner) => owner.Parent is { } parent && _operation.Choice != BackupChoice.Base && owner.Plan is { SupportsIncremental: true, HasOwnData: true, IsProxied: false }
        && _sets.TryGetValue(parent, out Dictionary<int, StoredModel>? models) && models.TryGetValue(owner.Number, out StoredModel? model) && model.Version == owner.Version && model.Snapshots.Values.All(s => s is { Length: > 0 });
}
