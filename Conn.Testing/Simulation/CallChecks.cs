using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.PubSub;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of a call at the moment it arrives, and of a step at the moment it is reported.</summary>
internal sealed class CallChecks(SimulationRun run)
{
    // Since the mode was last entered: names of the owners that have prepared, and numbers of those that began to be put in place.
    private readonly HashSet<string> _prepared = [];
    private readonly HashSet<int> _placed = [];

    private OwnerTies Ties => run.Ties;

    /// <summary>A call arrived at an owner.</summary>
    public void Arrived(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        CheckPlace(owner, kind, place);
        CheckDependencies(owner, kind);
        if (!run.Current.IsRunning)
        {
            return;
        }

        run.PlanChecks.CheckLeftOut(owner, kind, place);
        run.PendingChecks.CheckRecovery(owner, kind);
        if (kind == OwnerCallKind.GetDataChecksum && !run.Current.Plan.Checksums)
        {
            run.Violated(Invariant.OnlyParticipants, $"{owner.Name} is asked for a checksum, and the request does not want checksums");
        }

        if (kind == OwnerCallKind.InitialiseRestoreBaseData && place is { IsProxied: false } at)
        {
            CheckSnapshotGiven(owner, at);
        }
    }

    /// <summary>The engine reported a step.</summary>
    public void Progressed(OperationProgress progress)
    {
        switch (progress.Phase)
        {
            case OperationPhase.Planned when run.Current.Plan.IsRestore:
                run.PlanChecks.CheckAsked();
                break;
            case OperationPhase.ModeEntered:
                CheckMode();
                _prepared.Clear();
                _placed.Clear();
                break;
            case OperationPhase.Prepared:
                _prepared.Add(progress.Owner!);
                break;
            case OperationPhase.Committed:
                foreach (SimulatedOwner owner in Ties.Named().Where(o => o.Plan.Policy == OwnerPolicy.Required && !_prepared.Contains(o.Name)))
                {
                    run.Violated(Invariant.AllOrNothing, $"the restore is committed, and {owner.Name}, which is Required, has not prepared");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The mode of the operation itself is partial when the request asks for that, or when not every registered owner takes part.</summary>
    private void CheckMode()
    {
        bool isPartial = run.Current.Plan.Partial || Ties.Named().Count() < run.Owners.Count;
        if (run.FailureChecks.HasPlanned && run.Host.Mode.IsPartial != isPartial)
        {
            run.Violated(Invariant.CurrentMode, $"the mode is {run.Host.Mode}, and the operation is {(isPartial ? "" : "not ")}partial");
        }
    }

    /// <summary>The mode is the operation's, the owner and the drive take part.</summary>
    private void CheckPlace(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        BurMode mode = run.Host.Mode;
        bool fits = kind switch
        {
            OwnerCallKind.TerminateMultiStageOperation => true,
            OwnerCallKind.AllSnapshotsSupplied or OwnerCallKind.GetExpectedDataSize or OwnerCallKind.GetSnapshotData
                or OwnerCallKind.InitialiseGetBackupData or OwnerCallKind.InitialiseGetProxyBackupData or OwnerCallKind.GetBackupDataSection => mode.IsBackup,
            OwnerCallKind.Begin or OwnerCallKind.ReceiveSnapshotData or OwnerCallKind.Recover or OwnerCallKind.GetDataChecksum or OwnerCallKind.TakeRemarks => !mode.IsIdle,
            _ => mode.IsRestore,
        };
        bool isGivenUp = run.Time.Elapsed - owner.FailedItselfAt <= Deadlines.AtOnce;
        if (!fits && !isGivenUp)
        {
            run.Violated(Invariant.CurrentMode, $"{kind} of {owner.Name} while the mode is {mode}");
        }

        if (place is { } at && WrongPlace(owner, kind, at) is { } wrong)
        {
            run.Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name} for drive {at}, {wrong}");
        }

        if (run.Current.IsRunning && owner.Pending is null && kind != OwnerCallKind.TerminateMultiStageOperation && !Ties.Named().Contains(owner) && !Ties.IsHelper(owner))
        {
            run.Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name}, which does not take part");
        }
    }

    /// <summary>A place that a call names is the owner's own, or one that it keeps for an owner of this operation; a helper is asked for nothing of its
    /// own.</summary>
    private string? WrongPlace(SimulatedOwner owner, OwnerCallKind kind, DriveKey place)
    {
        if (kind is OwnerCallKind.PrepareRestore or OwnerCallKind.RestoreComplete or OwnerCallKind.ResumeRestore)
        {
            return owner.Places.Any(p => p.Drive == place.Drive) ? null : "where it keeps nothing";
        }

        if (!owner.Places.Contains(place) || !Ties.DrivesOf(place.IsProxied ? run.Owners.Single(o => o.Sid == place.ProxiedOwner) : owner).Contains(place.Drive))
        {
            return "which it does not have";
        }

        return place.IsProxied && !Ties.Named().Any(o => o.Sid == place.ProxiedOwner) ? "whose owner does not take part"
            : !place.IsProxied && run.Current.IsRunning && owner.Pending is null && Ties.IsHelper(owner) ? "of which nothing was asked for" : null;
    }

    /// <summary>Before its base an owner with increments is given the snapshot of the newest part, whatever the chain; not one that it has refused.</summary>
    private void CheckSnapshotGiven(SimulatedOwner owner, DriveKey place)
    {
        StreamRecord stream = owner.Stream(place);
        if (run.Current.Restored?.Id.Text is not { } set || stream.IsOldSnapshotRefused || !run.Sets[set].TryGetValue(owner.Number, out StoredModel? newest))
        {
            return;
        }

        byte[]? stored = owner.SupportsIncremental ? newest.Snapshots.GetValueOrDefault(place.Drive) : null;
        byte[] expected = stored ?? [];
        byte[] given = stream.OldSnapshot ?? [];
        if (!given.AsSpan().SequenceEqual(expected))
        {
            run.Violated(Invariant.SameBytes, $"{owner.Name}, drive {place}: the newest snapshot is {(expected.Length == 0 ? "none" : "stored")}, and {(given.Length == 0 ? "none" : "another")} is given before the base");
        }
    }

    /// <summary>An owner is being put in place: what it depends on was before it.</summary>
    private void CheckDependencies(SimulatedOwner owner, OwnerCallKind kind)
    {
        if (kind != OwnerCallKind.RestoreComplete)
        {
            return;
        }

        _placed.Add(owner.Number);
        foreach (int after in owner.Plan.Managers.Append(owner.Plan.RestoreAfter).Where(n => n >= 0))
        {
            // An owner that was given nothing has nothing to be put in place; one that died since is passed over.
            SimulatedOwner before = run.Owners[after];
            if (_prepared.Contains(before.Name) && !_placed.Contains(after) && !Ties.Joined(before).Any(o => o.Faulted) && before.Streams.Values.Any(s => s.Given.Count > 0))
            {
                run.Violated(Invariant.Dependencies, $"{owner.Name} is put in place before {before.Name}");
            }
        }
    }
}
