using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of a restore's decision, of its order, and of checksums.</summary>
internal sealed partial class SimulationRun
{
    // Of the present course: names of those that prepared, and ids of those that began to be put in place.
    private readonly HashSet<string> _preparedOwners = [];
    private readonly HashSet<int> _placedOwners = [];

    /// <summary>The engine reported a step.</summary>
    private void CheckStep(OperationProgress progress)
    {
        switch (progress.Phase)
        {
            case OperationPhase.Planned when _operation.IsRestore:
                CheckAsked();
                break;
            case OperationPhase.ModeEntered:
                _preparedOwners.Clear();
                _placedOwners.Clear();
                break;
            case OperationPhase.Prepared:
                _preparedOwners.Add(progress.Owner!);
                break;
            case OperationPhase.Committed:
                foreach (SimulatedOwner owner in Named().Where(o => o.Plan.Policy == OwnerPolicy.Required && !_preparedOwners.Contains(o.Name)))
                {
                    Violated(Invariant.AllOrNothing, $"the restore is decided, and {owner.Name}, which is Required, has not prepared");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>An owner is being put in place: what it depends on was before it.</summary>
    private void CheckDependencies(SimulatedOwner owner, OwnerCallKind kind)
    {
        if (kind != OwnerCallKind.RestoreComplete)
        {
            return;
        }

        _placedOwners.Add(owner.Number);
        foreach (int after in owner.Plan.Managers.Append(owner.Plan.RestoreAfter).Where(n => n >= 0))
        {
            // Of who was given nothing there is nothing to put in place; who died since is passed over.
            SimulatedOwner before = _owners[after];
            if (_preparedOwners.Contains(before.Name) && !_placedOwners.Contains(after) && !Joined(before).Any(o => o.Faulted) && before.Streams.Values.Any(s => s.Given.Count > 0))
            {
                Violated(Invariant.Dependencies, $"{owner.Name} is put in place before {before.Name}");
            }
        }
    }

    /// <summary>Checksums that were asked for are those of the data as it is now; nobody's are told unasked.</summary>
    private void CheckChecksums(SimulatedOwner owner, OwnerReport report)
    {
        if (!_operation.Checksums && report.Checksums.Count > 0)
        {
            Violated(Invariant.OnlyParticipants, $"{owner.Name} is reported with checksums, and nobody asked for them");
        }

        if (report.Outcome != OwnerOutcome.Succeeded || !_operation.Checksums || !owner.Plan.HasOwnData || owner.Subject is not ScriptedSubject subject)
        {
            return;
        }

        foreach (DriveNumber drive in subject.Drives)
        {
            uint? told = report.Checksums.TryGetValue(drive, out uint value) ? value : null;
            if (told != subject.Checksum(drive))
            {
                Violated(Invariant.SameBytes, $"{owner.Name}, drive {drive}: the checksum is {subject.Checksum(drive)}, and {(told is null ? "none" : told.ToString())} is reported");
            }
        }
    }
}
