using Conn.ActiveBackup.Calls;
using static Conn.ActiveBackup.Calls.CallEnding;
using static Conn.ActiveBackup.Calls.OwnerCallKind;

namespace Conn.Simulation.Tables;

/// <summary>The legal order of calls on one drive, as facts and not as states: the model that the table is checked against.</summary>
/// <remarks>Written from the sentences of docs/protocol.md, so that a wrong row does not count as right because it is the row.</remarks>
internal readonly record struct OrderFacts(bool Restore, bool Proxied)
{
    private bool Touched { get; init; }

    private bool OldSnapshotOpen { get; init; }

    private bool OldSnapshotGiven { get; init; }

    private bool AllSupplied { get; init; }

    private bool StreamOpen { get; init; }

    private bool IncrementOpen { get; init; }

    private bool DataDone { get; init; }

    private bool NewSnapshotOpen { get; init; }

    private bool NewSnapshotDone { get; init; }

    private bool Prepared { get; init; }

    private bool Completed { get; init; }

    private bool Failed { get; init; }

    private bool Ended { get; init; }

    /// <summary>Whether a stream is open: sections of it come and nothing else.</summary>
    public bool IsOpen => !Failed && !Ended && (OldSnapshotOpen || StreamOpen || NewSnapshotOpen);

    /// <summary>Whether the next data asked for is what changed since a snapshot.</summary>
    public bool IsIncrement => !Failed && !Ended && !Restore && AllSupplied && OldSnapshotGiven && !StreamOpen && !DataDone;

    /// <summary>Whether restored data is in place.</summary>
    public bool IsCompleted => Completed && !Failed;

    /// <summary>Whether what was restored is prepared or in place: nothing more can be added to it.</summary>
    public bool IsPrepared => !Failed && !Ended && (Prepared || Completed);

    /// <summary>The facts after a step, or null when it is not legal.</summary>
    public OrderFacts? After(OwnerCallStep step)
    {
        if (step == OwnerCallStep.Failure)
        {
            return Ended ? this : this with { Failed = true };
        }

        if (step.Call == TerminateMultiStageOperation)
        {
            return step.Ending != Done ? null : Completed && !Failed ? this : this with { Ended = true, Failed = false, Completed = false };
        }

        if (Ended)
        {
            // What was prepared may be recovered, and nothing else may come.
            return step == new OwnerCallStep(Recover) ? this : null;
        }

        return Failed || step.Ending == CallEnding.Failed ? null
            : Proxied ? AfterProxied(step.Call, step.Ending) : Restore ? AfterRestore(step.Call, step.Ending) : AfterBackup(step.Call, step.Ending);
    }

    private OrderFacts? AfterBackup(OwnerCallKind call, CallEnding ending) => (call, ending) switch
    {
        // An old snapshot comes first, in pieces, once; an owner may refuse it until its data is opened.
        (ReceiveSnapshotData, Done) when !AllSupplied && !OldSnapshotGiven => this with { OldSnapshotOpen = true },
        (ReceiveSnapshotData, Last) when !AllSupplied && !OldSnapshotGiven => this with { OldSnapshotOpen = false, OldSnapshotGiven = true },
        (ReceiveSnapshotData, SnapshotRefused) when !AllSupplied && !OldSnapshotGiven => this with { OldSnapshotOpen = false },
        (AllSnapshotsSupplied, Done) when !AllSupplied && !OldSnapshotOpen => this with { AllSupplied = true },
        (AllSnapshotsSupplied, SnapshotRefused) when !AllSupplied && !OldSnapshotOpen => this with { AllSupplied = true, OldSnapshotGiven = false },

        // Sizes and data come after it; data is opened once and ends once.
        (GetExpectedDataSize, Done) when AllSupplied && !StreamOpen && !DataDone => this,
        (InitialiseGetBackupData, Done) when AllSupplied && !StreamOpen && !DataDone => this with { StreamOpen = true },
        (GetBackupDataSection, Done) when StreamOpen => this,
        (GetBackupDataSection, Last) when StreamOpen => this with { StreamOpen = false, DataDone = true },

        // The new snapshot follows its data, once; an owner may say that it keeps none.
        (GetSnapshotData, Done) when DataDone && !NewSnapshotDone => this with { NewSnapshotOpen = true },
        (GetSnapshotData, Last or SnapshotRefused) when DataDone && !NewSnapshotDone => this with { NewSnapshotOpen = false, NewSnapshotDone = true },

        // A checksum disturbs no stream; recovery is for before everything else.
        (GetDataChecksum, Done) when !IsOpen && (DataDone || (!AllSupplied && !OldSnapshotGiven)) => this,
        (Recover, Done) when !AllSupplied && !OldSnapshotOpen && !OldSnapshotGiven => this,
        _ => null,
    };

    private OrderFacts? AfterRestore(OwnerCallKind call, CallEnding ending) => (call, ending) switch
    {
        (ReceiveSnapshotData, Done) when !Touched && !OldSnapshotGiven => this with { OldSnapshotOpen = true },
        (ReceiveSnapshotData, Last) when !Touched && !OldSnapshotGiven => this with { OldSnapshotOpen = false, OldSnapshotGiven = true },
        (ReceiveSnapshotData, SnapshotRefused) when !Touched && !OldSnapshotGiven => this with { OldSnapshotOpen = false },

        // One base, then increments; a drive can be prepared and completed whenever no stream of it is open.
        (InitialiseRestoreBaseData, Done) when !Touched && !OldSnapshotOpen => this with { Touched = true, StreamOpen = true, OldSnapshotGiven = false },
        (RestoreBaseDataSection, Done) when StreamOpen && !IncrementOpen => this,
        (RestoreBaseDataSection, Last) when StreamOpen && !IncrementOpen => this with { StreamOpen = false, DataDone = true },
        (InitialiseRestoreIncrementData, Done) when DataDone && !StreamOpen && !Prepared && !Completed => this with { StreamOpen = true, IncrementOpen = true },
        (RestoreIncrementDataSection, Done) when IncrementOpen => this,
        (RestoreIncrementDataSection, Last) when IncrementOpen => this with { StreamOpen = false, IncrementOpen = false },
        (PrepareRestore, Done) when DataDone && !StreamOpen && !Prepared && !Completed => this with { Prepared = true },
        (ResumeRestore, Done) when !Touched && !OldSnapshotOpen && !OldSnapshotGiven => this with { Touched = true, DataDone = true, Prepared = true },
        (RestoreComplete, Done) when DataDone && !StreamOpen => this with { Completed = true, Prepared = true },
        (GetDataChecksum, Done) when Completed || (!Touched && !OldSnapshotOpen && !OldSnapshotGiven) => this,
        (Recover, Done) when !Touched && !OldSnapshotOpen && !OldSnapshotGiven => this,
        _ => null,
    };

    private OrderFacts? AfterProxied(OwnerCallKind call, CallEnding ending) => (call, ending) switch
    {
        // Another owner's data is opened once, for the current operation, and ends once.
        (InitialiseGetProxyBackupData, Done) when !Restore && !Touched => this with { Touched = true, StreamOpen = true },
        (GetBackupDataSection, Done) when !Restore && StreamOpen => this,
        (GetBackupDataSection, Last) when !Restore && StreamOpen => this with { StreamOpen = false, DataDone = true },
        (InitialiseRestoreProxyBaseData, Done) when Restore && !Touched => this with { Touched = true, StreamOpen = true },
        (RestoreBaseDataSection, Done) when Restore && StreamOpen => this,
        (RestoreBaseDataSection, Last) when Restore && StreamOpen => this with { StreamOpen = false, DataDone = true },
        (PrepareRestore, Done) when Restore && DataDone && !Prepared && !Completed => this with { Prepared = true },
        (RestoreComplete, Done) when Restore && DataDone => this with { Completed = true, Prepared = true },
        _ => null,
    };
}
