using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
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
        if (_operation.IsRestore)
        {
            CheckRestored(ending, restored!, pending, restores.FirstOrDefault(r => r.Number > _lastRestore));
        }
        else
        {
            CheckUntouched(ending, pending);
        }

        _lastRestore = restores.Count == 0 ? 0 : restores[^1].Number;

        if (added.Count == 1)
        {
            Adopt(added[0], ending?.Backup);
        }
    }

    /// <summary>A backup changes nobody's data, but for a restore it rolled forward.</summary>
    private void CheckUntouched(Ending? ending, IReadOnlyList<RestoreRecord> pending)
    {
        foreach (SimulatedOwner owner in _owners)
        {
            Dictionary<DriveNumber, string> now = owner.Look();
            IReadOnlyDictionary<DriveNumber, string>? forward = owner.Pending is { } set ? _sets[set][owner.Number].Images : null;
            foreach ((DriveNumber drive, string image) in now)
            {
                if (image != owner.Images[drive] && (forward is null || image != forward[drive]) && (owner.Late is null || image != owner.Late[drive]))
                {
                    Violated(Invariant.AllOrNothing, $"a backup changed the data of {owner.Name} on drive {drive}");
                }
            }

            CheckForwarded(owner, now, forward, null, pending, ending?.Backup?.Notes);
            owner.Expect(now);
        }
    }

    private void CheckForwarded(SimulatedOwner owner, Dictionary<DriveNumber, string> now, IReadOnlyDictionary<DriveNumber, string>? forward,
        IReadOnlyDictionary<DriveNumber, string>? wanted, IReadOnlyList<RestoreRecord> pending, IReadOnlyList<string>? notes)
    {
        if (forward is null || pending.Any(r => r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed)))
        {
            return;
        }

        bool named = notes is not null && notes.Any(n => n.Contains(owner.Name, StringComparison.Ordinal) && n.Contains("cannot be rolled forward", StringComparison.Ordinal));
        if (!named && notes is not null && now.Any(d => d.Value != forward[d.Key] && (wanted is null || d.Value != wanted[d.Key])))
        {
            Violated(Invariant.AllOrNothing, $"the decided restore of {owner.Name} is closed, its data is not in place, and nobody was told: {string.Join(" | ", notes)}");
        }

        owner.Pending = null;
    }

    /// <param name="ending">How the operation ended; none after a crash.</param>
    /// <param name="restored">The set.</param>
    /// <param name="pending">What is decided and not carried through.</param>
    /// <param name="decided">The record of this operation: what says after a crash who was restored in place, and who had fallen out before.</param>
    private void CheckRestored(Ending? ending, BackupSet restored, IReadOnlyList<RestoreRecord> pending, RestoreRecord? decided)
    {
        string id = restored.Id.Text;
        HashSet<SimulatedOwner> named = [.. Named()];
        foreach (SimulatedOwner owner in _owners)
        {
            Dictionary<DriveNumber, string> now = owner.Look();
            IReadOnlyDictionary<DriveNumber, string>? forward = owner.Pending is { } set ? _sets[set][owner.Number].Images : null;
            RestoreOwner? recorded = decided?.Owners.FirstOrDefault(o => o.Sid == owner.Sid.Value);
            bool takesPart = named.Contains(owner) && (_inPlace ? recorded is not null : _committed);
            IReadOnlyDictionary<DriveNumber, string>? wanted = takesPart ? _sets[id][owner.Number].Images : null;
            OwnerReport? report = ending?.Restore?.Owners.FirstOrDefault(o => o.Sid == owner.Sid);
            foreach ((DriveNumber drive, string image) in now)
            {
                bool done = wanted is not null && image == wanted[drive];
                if (!done && image != owner.Images[drive] && (forward is null || image != forward[drive]) && (owner.Late is null || image != owner.Late[drive]))
                {
                    Violated(Invariant.AllOrNothing, $"{owner.Name}, drive {drive}: neither as it was nor as it was to be; committed: {_committed}, recorded: {recorded is not null}");
                }

                if (!done && takesPart && report is { Outcome: OwnerOutcome.Succeeded })
                {
                    Violated(Invariant.AllOrNothing, $"{owner.Name}, drive {drive}: reported as restored, and it is not");
                }
            }

            if (takesPart && report is { Outcome: OwnerOutcome.Succeeded })
            {
                CheckGiven(owner, id);
            }

            CheckForwarded(owner, now, forward, wanted, pending, ending?.Restore?.Notes);
            if (recorded is not null)
            {
                owner.Parent = id;
                owner.Pending = recorded.Completed ? owner.Pending : id;
            }

            if (takesPart && owner.Callbacks is { IsInside: true })
            {
                // It may yet come to its end.
                owner.Late = wanted;
            }

            owner.Expect(now);
        }

        if (ending?.Restore is { } result && result.Committed != _committed)
        {
            Violated(Invariant.Told, $"the report says committed: {result.Committed}, and the steps say {_committed}");
        }
    }

    /// <summary>What an owner was given is what the chain holds: base first, increments in order.</summary>
    private void CheckGiven(SimulatedOwner owner, string set)
    {
        List<StoredModel> chain = [];
        for (string? at = set; at is not null; at = chain[0].Parent)
        {
            chain.Insert(0, _sets[at][owner.Number]);
        }

        foreach (DriveNumber drive in owner.Subject.Drives)
        {
            string[] stored = [.. chain.Select(m => m.Data[drive])];
            if (!stored.SequenceEqual(owner.Stream(drive).Given))
            {
                Violated(Invariant.SameBytes, $"{owner.Name}, drive {drive}: stored {string.Join(", ", stored)}, given {string.Join(", ", owner.Stream(drive).Given)}");
            }
        }
    }

    /// <summary>A set was committed: it holds what was handed over, and continues what it must.</summary>
    private void Adopt(BackupSet set, BackupReport? report)
    {
        Dictionary<int, StoredModel> models = [];
        foreach (SimulatedOwner owner in _owners)
        {
            if (set.Part(owner.Sid.Value) is not { IsStored: true } part)
            {
                continue;
            }

            string? parent = part.Parent?.Text;
            if (parent is not null && parent != owner.Parent)
            {
                Violated(Invariant.PromoteOnCommit, $"{owner.Name} continues set {parent}, and should continue {owner.Parent ?? "none"}");
            }

            bool calm = _operation.Faults.Count == 0 && report is not null;
            if (parent is null && calm && CanContinue(owner))
            {
                Violated(Invariant.PromoteOnCommit, $"{owner.Name} gave a base, and could have continued set {owner.Parent}: {part.Why}");
            }

            foreach (DriveNumber drive in owner.Plan.HasCallbacks ? owner.Subject.Drives : DriveList.Empty)
            {
                byte[]? expected = parent is null || !_sets.TryGetValue(parent, out Dictionary<int, StoredModel>? from) ? null : from[owner.Number].Snapshots[drive];
                byte[]? got = owner.Stream(drive).OldSnapshot;
                if ((expected is null) != (got is null) || (got is not null && !got.AsSpan().SequenceEqual(expected)))
                {
                    Violated(Invariant.PromoteOnCommit, $"{owner.Name}, drive {drive}: the snapshot supplied is {(got is null ? "none" : "another")}; parent {parent ?? "none"}");
                }
            }

            models[owner.Number] = new StoredModel(parent, new Dictionary<DriveNumber, string>(owner.Images),
                owner.Streams.Where(s => s.Value.Data is not null).ToDictionary(s => s.Key, s => s.Value.Data!), owner.Subject.Drives.ToDictionary(d => d, d => owner.Stream(d).Snapshot));
            if (!_operation.CopyOnly)
            {
                owner.Parent = set.Id.Text;
            }
        }

        _sets[set.Id.Text] = models;
    }

    private bool CanContinue(SimulatedOwner owner) => owner.Parent is { } parent && _operation.Choice != BackupChoice.Base && owner.Plan is { SupportsIncremental: true, HasCallbacks: true }
        && _sets.TryGetValue(parent, out Dictionary<int, StoredModel>? models) && models.TryGetValue(owner.Number, out StoredModel? model) && model.Snapshots.Values.All(s => s is { Length: > 0 });
}
