using Conn.ActiveBackup.Machines;
using static Conn.ActiveBackup.Machines.CallbackEvent;

namespace Conn.Testing.Simulation;

/// <summary>The legal order of callbacks on one drive, told as facts and not as states: what the table is checked against.</summary>
/// <remarks>Written from the protocol's sentences (docs/protocol.md), so that a wrong row is not believed because it is the row.</remarks>
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

    /// <summary>Whether what was restored is prepared or in place: nothing more can come to it.</summary>
    public bool IsDecided => !Failed && !Ended && (Prepared || Completed);

    /// <summary>The facts after an event, or null when it is not legal.</summary>
    public OrderFacts? After(CallbackEvent step)
    {
        if (step == Terminate)
        {
            return Completed && !Failed ? this : this with { Ended = true, Failed = false, Completed = false };
        }

        if (step == CallbackFailed)
        {
            return Ended ? this : this with { Failed = true };
        }

        if (Failed || Ended)
        {
            return null;
        }

        return Proxied ? AfterProxied(step) : Restore ? AfterRestore(step) : AfterBackup(step);
    }

    private OrderFacts? AfterBackup(CallbackEvent step) => step switch
    {
        // An old snapshot comes first, in pieces, once; an owner may refuse it until its data is opened.
        ReceiveSnapshotData when !AllSupplied && !OldSnapshotGiven => this with { OldSnapshotOpen = true },
        ReceiveLastSnapshotData when !AllSupplied && !OldSnapshotGiven => this with { OldSnapshotOpen = false, OldSnapshotGiven = true },
        SnapshotRefused when !StreamOpen && !DataDone => this with { OldSnapshotOpen = false, OldSnapshotGiven = false },
        AllSnapshotsSupplied when !AllSupplied && !OldSnapshotOpen => this with { AllSupplied = true },

        // Sizes and data come after it; data is opened once and ends once.
        GetExpectedDataSize when AllSupplied && !StreamOpen && !DataDone => this,
        InitialiseGetBackupData when AllSupplied && !StreamOpen && !DataDone => this with { StreamOpen = true },
        GetBackupDataSection when StreamOpen => this,
        BackupDataFinished when StreamOpen => this with { StreamOpen = false, DataDone = true },

        // The new snapshot follows its data, once; an owner may say that it keeps none.
        GetSnapshotData when DataDone && !NewSnapshotDone => this with { NewSnapshotOpen = true },
        SnapshotDataFinished when NewSnapshotOpen => this with { NewSnapshotOpen = false, NewSnapshotDone = true },
        SnapshotRefused when DataDone && !NewSnapshotDone => this with { NewSnapshotOpen = false, NewSnapshotDone = true },

        // A checksum disturbs no stream; recovery is for before everything else.
        GetDataChecksum when !IsOpen && (DataDone || (!AllSupplied && !OldSnapshotGiven)) => this,
        Recover when !AllSupplied && !OldSnapshotOpen && !OldSnapshotGiven => this,
        _ => null,
    };

    private OrderFacts? AfterRestore(CallbackEvent step) => step switch
    {
        ReceiveSnapshotData when !Touched && !OldSnapshotGiven => this with { OldSnapshotOpen = true },
        ReceiveLastSnapshotData when !Touched && !OldSnapshotGiven => this with { OldSnapshotOpen = false, OldSnapshotGiven = true },
        SnapshotRefused when !Touched => this with { OldSnapshotOpen = false, OldSnapshotGiven = false },

        // One base, then increments; a drive can be prepared and completed whenever no stream of it is open.
        InitialiseRestoreBaseData when !Touched && !OldSnapshotOpen => this with { Touched = true, StreamOpen = true, OldSnapshotGiven = false },
        RestoreBaseDataSection when StreamOpen && !IncrementOpen => this,
        RestoreLastBaseDataSection when StreamOpen && !IncrementOpen => this with { StreamOpen = false, DataDone = true },
        InitialiseRestoreIncrementData when DataDone && !StreamOpen && !Prepared && !Completed => this with { StreamOpen = true, IncrementOpen = true },
        RestoreIncrementDataSection when IncrementOpen => this,
        RestoreLastIncrementDataSection when IncrementOpen => this with { StreamOpen = false, IncrementOpen = false },
        PrepareRestore when DataDone && !StreamOpen && !Prepared && !Completed => this with { Prepared = true },
        ResumeRestore when !Touched && !OldSnapshotOpen && !OldSnapshotGiven => this with { Touched = true, DataDone = true, Prepared = true },
        RestoreComplete when DataDone && !StreamOpen => this with { Completed = true, Prepared = true },
        GetDataChecksum when Completed || (!Touched && !OldSnapshotOpen && !OldSnapshotGiven) => this,
        Recover when !Touched && !OldSnapshotOpen && !OldSnapshotGiven => this,
        _ => null,
    };

    private OrderFacts? AfterProxied(CallbackEvent step) => step switch
    {
        // Another owner's data is opened once, for the operation that goes on, and ends once.
        InitialiseGetProxyBackupData when !Restore && !Touched => this with { Touched = true, StreamOpen = true },
        GetBackupDataSection when !Restore && StreamOpen => this,
        BackupDataFinished when !Restore && StreamOpen => this with { StreamOpen = false, DataDone = true },
        InitialiseRestoreProxyBaseData when Restore && !Touched => this with { Touched = true, StreamOpen = true },
        RestoreBaseDataSection when Restore && StreamOpen => this,
        RestoreLastBaseDataSection when Restore && StreamOpen => this with { StreamOpen = false, DataDone = true },
        PrepareRestore when Restore && DataDone && !Prepared && !Completed => this with { Prepared = true },
        RestoreComplete when Restore && DataDone => this with { Completed = true, Prepared = true },
        _ => null,
    };
}
