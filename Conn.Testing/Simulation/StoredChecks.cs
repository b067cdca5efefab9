using System.Globalization;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Checks;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What the repository must hold after an operation and after a crash.</summary>
internal sealed class StoredChecks(SimulationRun run)
{
    private UnflushedSet? _unflushed;

    public async Task CheckAfterCrashAsync(BackupSet? restored, List<BackupSet> before)
    {
        await ReconcileAsync(null, restored, before);
        await VerifyAsync();
    }

    public async Task VerifyAsync()
    {
        VerifyReport report = await RepositoryVerifier.VerifyAsync(run.Host.Repository, null, null, cancellationToken: CancellationToken.None);
        foreach (VerifyProblem problem in report.Problems)
        {
            run.Violated(Invariant.OldOrNew, $"verify of the repository says: {problem}");
        }
    }

    /// <summary>Compares repository and owners with what they must be, and takes over what may be either way. A null ending means a crash.</summary>
    public async Task ReconcileAsync(OperationEnding? ending, BackupSet? restored, List<BackupSet> before)
    {
        SetList sets = await run.Host.Repository.ListSetsAsync(CancellationToken.None);
        foreach (SetProblem problem in sets.Problems)
        {
            run.Violated(Invariant.OldOrNew, $"{problem.What}");
        }

        if (before.FirstOrDefault(b => sets.All(s => s.Id != b.Id)) is { } lost && !MayBeLost(lost, ending))
        {
            run.Violated(Invariant.OldOrNew, $"set {lost.Id} is gone");
        }

        List<BackupSet> added = [.. sets.Where(s => before.All(b => b.Id != s.Id))];
        bool isOpen = ending is null || (ending.Failure is RepositoryException && run.HasStorageFailed && run.Current.IsManifestWritten);
        if (added.Count > (run.Current.Plan.IsRestore ? 0 : 1) || (!isOpen && added.Count != (ending?.Backup?.Set is null ? 0 : 1)))
        {
            run.Violated(Invariant.OldOrNew, $"{added.Count} new sets after {(ending is null ? "a crash" : ending.Failure?.GetType().Name ?? "a report")}");
        }

        IReadOnlyList<RestoreRecord> restores = await run.Host.Repository.Restores.ListAsync(CancellationToken.None);
        IReadOnlyList<RestoreRecord> pending = await run.Host.Repository.Restores.ListPendingAsync(CancellationToken.None);
        long newest = restores.Count == 0 ? 0 : restores[^1].Number;
        run.ReportChecks.CheckReported(ending, pending);
        if (run.Current.Plan.IsRestore)
        {
            run.PlanChecks.CheckNewer(ending);
            run.RestoreChecks.CheckRestored(ending, restored!, pending, newest, restores.FirstOrDefault(r => r.Number > run.PendingChecks.LastRestore));
        }
        else
        {
            run.RestoreChecks.CheckUntouched(ending, pending, newest);
        }

        run.PendingChecks.LastRestore = newest;
        _unflushed = ending is null || run.FailureChecks.HasPlanned ? null : _unflushed;
        if (added.Count == 1)
        {
            _unflushed = ending is { Failure: not null } ? new UnflushedSet(added[0].Id, run.Owners.ToDictionary(o => o, o => o.Parent)) : null;
            run.OutcomeChecks.CheckStoredOutcome(added[0], ending?.Backup);
            Adopt(added[0], ending?.Backup);
            if (run.Current.Has(FaultKind.LateWrite))
            {
                await CheckStoredBytesAsync(added[0]);
            }
        }
    }

    // After a failed commit a listed set may not be durable, until a writer has taken the lock.
    private bool MayBeLost(BackupSet set, OperationEnding? ending)
    {
        if (ending is not null || _unflushed is not { } unflushed || unflushed.Id != set.Id || run.FailureChecks.HasPlanned)
        {
            return false;
        }

        foreach ((SimulatedOwner owner, string? parent) in unflushed.Parents)
        {
            owner.Parent = owner.Parent == set.Id.Text ? parent : owner.Parent;
        }

        return true;
    }

    /// <summary>Reads back what a set holds of the owners' own data, and compares it with what they handed over.</summary>
    private async Task CheckStoredBytesAsync(BackupSet set)
    {
        foreach (SimulatedOwner owner in run.Owners.Where(o => o.Plan is { HasOwnData: true, IsProxied: false } && set.Part(o.Sid.Value) is { IsStored: true }))
        {
            foreach (DriveNumber drive in owner.Drives)
            {
                await using SectionStreamReader reader = run.Host.Repository.OpenStream(set.Part(owner.Sid.Value)!, (byte)drive.Index, StreamKind.Data);
                StreamRecord read = new();
                read.Begin();
                while (await reader.ReadAsync(CancellationToken.None) is { } section)
                {
                    read.Take(section.Span, last: false, restore: false);
                }

                read.Take([], last: true, restore: false);
                if (read.Data != owner.Stream(drive).Data)
                {
                    run.Violated(Invariant.SameBytes, $"{owner.Name}, drive {drive}: handed over {owner.Stream(drive).Data}, stored {read.Data}");
                }
            }
        }
    }

    /// <summary>A set was committed: it holds what was handed over, and continues what it must.</summary>
    private void Adopt(BackupSet set, BackupReport? report)
    {
        HashSet<SecureId> stored = [.. set.Parts.Where(p => p.IsStored).Select(p => new SecureId(p.Sid))];
        Dictionary<int, StoredModel> models = [];
        foreach (SimulatedOwner owner in run.Owners)
        {
            string? parent = null;
            bool hasPart = stored.Contains(owner.Sid);
            if (hasPart)
            {
                parent = set.Part(owner.Sid.Value)!.Parent?.Text;
                CheckPart(owner, set.Part(owner.Sid.Value)!, parent, report);
            }

            DriveKey[] held = [.. owner.Places.Where(p => p.IsProxied ? stored.Contains(p.ProxiedOwner) && run.Owners.Single(o => o.Sid == p.ProxiedOwner).Drives.Contains(p.Drive)
                : hasPart && owner.Plan.HasOwnData && owner.Drives.Contains(p.Drive))];
            models[owner.Number] = new StoredModel(parent, owner.VersionBefore, held.ToDictionary(p => p, p => owner.HasChangedInside ? StoredModel.Unknown : owner.Images[p]),
                owner.Streams.Where(s => s.Value.Data is not null).ToDictionary(s => s.Key, s => s.Value.Data!), owner.Drives.ToDictionary(d => d, d => owner.Stream(d).Snapshot));
            if (hasPart && !run.Current.Plan.CopyOnly)
            {
                owner.Parent = set.Id.Text;
            }
        }

        run.Sets[set.Id.Text] = models;
    }

    private void CheckPart(SimulatedOwner owner, OwnerPart part, string? parent, BackupReport? report)
    {
        // A set that cannot be read for a moment is passed over (PinnedStorageTests); the increment is then one of an older set.
        bool mayPassOver = run.HasStorageFailed && parent is not null && run.Sets.TryGetValue(parent, out Dictionary<int, StoredModel>? older) && older.ContainsKey(owner.Number);
        if (parent is not null && ((parent != owner.Parent && !mayPassOver) || owner.Plan.IsProxied))
        {
            run.Violated(Invariant.PromoteOnCommit, $"{owner.Name} continues set {parent}, and should continue {(owner.Plan.IsProxied ? null : owner.Parent) ?? "none"}");
        }

        if (part.DataVersion != owner.VersionBefore || (parent is not null && run.Sets[parent][owner.Number].Version != part.DataVersion))
        {
            run.Violated(Invariant.PromoteOnCommit,
                $"{owner.Name} has version {owner.VersionBefore}, its part {part.DataVersion}, and its parent {(parent is null ? "none" : run.Sets[parent][owner.Number].Version.ToString(CultureInfo.InvariantCulture))}");
        }

        bool calm = run.Current.Plan.Faults.Count == 0 && report is not null;
        if (parent is null && calm && CanContinue(owner))
        {
            run.Violated(Invariant.PromoteOnCommit, $"{owner.Name} gave a base, and could have continued set {owner.Parent}: {part.Why}");
        }

        foreach (DriveNumber drive in owner.Plan.HasOwnData ? owner.Drives : DriveList.Empty)
        {
            byte[]? expected = parent is null || !run.Sets.TryGetValue(parent, out Dictionary<int, StoredModel>? from) ? null : from[owner.Number].Snapshots.GetValueOrDefault(drive);
            byte[]? got = owner.Stream(drive).OldSnapshot;
            if ((expected is null) != (got is null) || (got is not null && !got.AsSpan().SequenceEqual(expected)))
            {
                run.Violated(Invariant.PromoteOnCommit, $"{owner.Name}, drive {drive}: the snapshot supplied is {(got is null ? "none" : "another")}; parent {parent ?? "none"}");
            }
        }
    }

    /// <summary>Whether an increment of the owner is possible, as far as its sets say.</summary>
    public bool CanContinue(SimulatedOwner owner) => owner.Parent is { } parent && run.Current.Plan.Choice != BackupChoice.Base
        && owner is { SupportsIncremental: true, Plan: { HasOwnData: true, IsProxied: false } }
        && run.Sets.TryGetValue(parent, out Dictionary<int, StoredModel>? models) && models.TryGetValue(owner.Number, out StoredModel? model)
        && model.Version == owner.Version && owner.Drives.All(d => model.Snapshots.GetValueOrDefault(d) is { Length: > 0 });

    private sealed record UnflushedSet(SetId Id, IReadOnlyDictionary<SimulatedOwner, string?> Parents);
}
