using Conn.ActiveBackup.Machines;
using static Conn.ActiveBackup.Calls.CallSpan;
using static Conn.ActiveBackup.Calls.DriveState;
using static Conn.ActiveBackup.Calls.OwnerCallKind;

namespace Conn.ActiveBackup.Calls;

/// <summary>The legal order of calls: the only place where it is written down.</summary>
/// <remarks>
/// From this table come the Stateless machine, the refusals and the diagram in docs/protocol.md. Tests compare it with an independent model.
/// Two rules span the drives of an owner and are kept by <see cref="OwnerOrder"/>: at most one stream is open, and a call that concerns several
/// drives is legal only when it is legal on each.
/// </remarks>
public static class OwnerCallRules
{
    private static readonly ErrorCode[] CannotUse = [ErrorCode.NotSupported, ErrorCode.Corrupt];
    private static readonly ErrorCode[] KeepsNone = [ErrorCode.NotSupported];

    /// <summary>Every rule, one for each call.</summary>
    public static IReadOnlyList<OwnerCallRule> All { get; } =
    [
        new(KeepAlive, Owner),
        new(Begin, Owner),
        new(PlanRestore, Owner),
        new(TakeRemarks, Owner),
        new(TerminateMultiStageOperation, Everything),

        new(Recover, OwnDrives) { Transitions = [new(BackupFresh, BackupFresh), new(RestoreFresh, RestoreFresh), new(Terminated, Terminated)] },
        new(ReceiveSnapshotData, Drive)
        {
            BeforePrepared = true,
            RefusalCodes = CannotUse,
            Transitions =
            [
                new(BackupFresh, BackupSnapshotOpen) { Last = BackupSnapshotGiven, Refused = BackupFresh },
                new(BackupSnapshotOpen, BackupSnapshotOpen) { Last = BackupSnapshotGiven, Refused = BackupFresh },
                new(RestoreFresh, RestoreSnapshotOpen) { Last = RestoreSnapshotGiven, Refused = RestoreFresh },
                new(RestoreSnapshotOpen, RestoreSnapshotOpen) { Last = RestoreSnapshotGiven, Refused = RestoreFresh },
            ],
        },
        new(AllSnapshotsSupplied, OwnDrives)
        {
            RefusalCodes = CannotUse,
            Transitions = [new(BackupFresh, BackupBase) { Refused = BackupBase }, new(BackupSnapshotGiven, BackupIncrement) { Refused = BackupBase }],
        },
        new(GetExpectedDataSize, Drive) { Transitions = [new(BackupBase, BackupBase), new(BackupIncrement, BackupIncrement)] },
        new(InitialiseGetBackupData, Drive) { NeedsReady = true, Transitions = [new(BackupBase, BackupDataOpen), new(BackupIncrement, BackupDataOpen)] },
        new(InitialiseGetProxyBackupData, Drive) { NeedsReady = true, Transitions = [new(ProxyFresh, ProxyDataOpen)] },
        new(GetBackupDataSection, Drive)
        {
            NeedsReady = true,
            ReturnsSection = true,
            Transitions = [new(BackupDataOpen, BackupDataOpen) { Last = BackupDataDone }, new(ProxyDataOpen, ProxyDataOpen) { Last = ProxyDone }],
        },
        new(GetSnapshotData, Drive)
        {
            NeedsReady = true,
            ReturnsSection = true,
            RefusalCodes = KeepsNone,
            Transitions =
            [
                new(BackupDataDone, BackupNewSnapshotOpen) { Last = BackupDone, Refused = BackupDone },
                new(BackupNewSnapshotOpen, BackupNewSnapshotOpen) { Last = BackupDone, Refused = BackupDone },
            ],
        },

        new(InitialiseRestoreBaseData, Drive) { NeedsReady = true, BeforePrepared = true, Transitions = [new(RestoreFresh, RestoreBaseOpen), new(RestoreSnapshotGiven, RestoreBaseOpen)] },
        new(InitialiseRestoreProxyBaseData, Drive) { NeedsReady = true, BeforePrepared = true, Transitions = [new(ProxyRestoreFresh, ProxyRestoreOpen)] },
        new(RestoreBaseDataSection, Drive)
        {
            NeedsReady = true,
            Transitions = [new(RestoreBaseOpen, RestoreBaseOpen) { Last = RestoreDataDone }, new(ProxyRestoreOpen, ProxyRestoreOpen) { Last = ProxyRestoreDone }],
        },
        new(InitialiseRestoreIncrementData, Drive) { NeedsReady = true, Transitions = [new(RestoreDataDone, RestoreIncrementOpen)] },
        new(RestoreIncrementDataSection, Drive) { NeedsReady = true, Transitions = [new(RestoreIncrementOpen, RestoreIncrementOpen) { Last = RestoreDataDone }] },
        new(PrepareRestore, WholeDrive) { NeedsReady = true, Transitions = [new(RestoreDataDone, RestorePrepared), new(ProxyRestoreDone, ProxyRestorePrepared)] },
        new(ResumeRestore, Drive) { NeedsReady = true, Transitions = [new(RestoreFresh, RestorePrepared)] },
        new(RestoreComplete, WholeDrive)
        {
            NeedsReady = true,
            Transitions =
            [
                new(RestoreDataDone, RestoreCompleted), new(RestorePrepared, RestoreCompleted), new(RestoreCompleted, RestoreCompleted),
                new(ProxyRestoreDone, ProxyRestoreCompleted), new(ProxyRestorePrepared, ProxyRestoreCompleted), new(ProxyRestoreCompleted, ProxyRestoreCompleted),
            ],
        },
        new(GetDataChecksum, Drive)
        {
            Transitions =
            [
                new(BackupFresh, BackupFresh), new(BackupDataDone, BackupDataDone), new(BackupDone, BackupDone),
                new(RestoreFresh, RestoreFresh), new(RestoreCompleted, RestoreCompleted),
            ],
        },
    ];

    private static readonly OwnerCallRule[] ByCall = [.. All.OrderBy(r => r.Call)];

    /// <summary>The machine of the table.</summary>
    public static MachineTable<DriveState, OwnerCallStep> Machine { get; } = new("OwnerOrder", BackupFresh, [.. All.SelectMany(Rows), .. Enum.GetValues<DriveState>().SelectMany(EndRows)]);

    /// <summary>The rule of a call.</summary>
    /// <param name="call">The call.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such call.</exception>
    public static OwnerCallRule Of(OwnerCallKind call) => (uint)call < (uint)ByCall.Length ? ByCall[(int)call]
        : throw new ArgumentOutOfRangeException(nameof(call), call, $"There is no call with this number; the calls are 0 to {ByCall.Length - 1}.");

    /// <summary>The calls that are legal on a drive in a state, in the order of the table; calls of the owner as a whole are legal everywhere and not
    /// listed.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The calls.</returns>
    public static IReadOnlyList<OwnerCallKind> LegalCalls(DriveState state) =>
        [.. Machine.LegalEvents(state).Where(s => s.Ending == CallEnding.Done).Select(s => s.Call)];

    /// <summary>Draws the table as a Mermaid state diagram, without the steps that every state has: failure and Terminate.</summary>
    /// <returns>The diagram's text, with line feeds.</returns>
    public static string ToMermaid() => new MachineTable<DriveState, OwnerCallStep>(Machine.Name, Machine.Initial, [.. All.SelectMany(Rows)]).ToMermaid();

    /// <summary>Whether a stream is open in a state: no other drive of the owner may open one then.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True while sections of one stream are handed over.</returns>
    public static bool IsOpen(DriveState state) => state is BackupSnapshotOpen or BackupDataOpen or BackupNewSnapshotOpen
        or RestoreSnapshotOpen or RestoreBaseOpen or RestoreIncrementOpen or ProxyDataOpen or ProxyRestoreOpen;

    /// <summary>Whether restored data is in place in a state: terminating does not take it back.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True after RestoreComplete, for an owner's own data and for another owner's.</returns>
    public static bool IsCompleted(DriveState state) => state is RestoreCompleted or ProxyRestoreCompleted;

    /// <summary>Whether restored data is prepared or in place in a state: nothing more can be added to it.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True from PrepareRestore or ResumeRestore on.</returns>
    public static bool IsPrepared(DriveState state) => state is RestorePrepared or ProxyRestorePrepared || IsCompleted(state);

    private static IEnumerable<MachineRow<DriveState, OwnerCallStep>> Rows(OwnerCallRule rule)
    {
        foreach (CallTransition t in rule.Transitions)
        {
            yield return new(t.From, new(rule.Call), t.To);
            if (t.Last is { } last)
            {
                yield return new(t.From, new(rule.Call, CallEnding.Last), last);
            }

            if (t.Refused is { } refused)
            {
                yield return new(t.From, new(rule.Call, CallEnding.SnapshotRefused), refused);
            }
        }
    }

    /// <summary>Every state can fail and be terminated; restored data that is in place stays.</summary>
    private static IEnumerable<MachineRow<DriveState, OwnerCallStep>> EndRows(DriveState state)
    {
        yield return new(state, new(TerminateMultiStageOperation), IsCompleted(state) ? state : Terminated);
        yield return new(state, OwnerCallStep.Failure, state == Terminated ? Terminated : Failed);
    }
}
