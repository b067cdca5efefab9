namespace Conn.ActiveBackup.Calls;

/// <summary>Where one owner stands in the legal order: a state for each drive, and the rules that span drives.</summary>
/// <remarks>The table of states is <see cref="OwnerCallRules"/>. Not thread-safe: <see cref="LegalOrder"/> guards it.</remarks>
public sealed class OwnerOrder
{
    private readonly Dictionary<DriveKey, DriveState> _states = [];
    private readonly string _owner;
    private DriveKey[] _own = [];
    private bool? _restore;
    private bool _terminated;

    /// <summary>Makes the order of an owner with which no operation has begun.</summary>
    /// <param name="owner">The owner's name, for refusals.</param>
    public OwnerOrder(string owner) => _owner = owner;

    /// <summary>The drive that has a stream open, or null.</summary>
    public DriveKey? Open { get; private set; }

    /// <summary>Whether an operation has begun.</summary>
    public bool HasBegun => _restore is not null;

    /// <summary>Begins an operation: every drive is fresh.</summary>
    /// <param name="restore">True for a restore, false for a backup.</param>
    /// <param name="drives">The drives with data of the owner itself.</param>
    public void Begin(bool restore, DriveList drives)
    {
        _states.Clear();
        _own = [.. drives.Select(d => new DriveKey(d))];
        (_restore, _terminated, Open) = (restore, false, null);
    }

    /// <summary>The state of a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>Fresh when nothing has happened on it; Terminated when everything was terminated before.</returns>
    public DriveState StateOf(DriveKey drive) => _states.TryGetValue(drive, out DriveState state) ? state
        : _terminated ? DriveState.Terminated
        : drive.IsProxied ? _restore == true ? DriveState.ProxyRestoreFresh : DriveState.ProxyFresh
        : _restore == true ? DriveState.RestoreFresh : DriveState.BackupFresh;

    /// <summary>The drives that a call concerns.</summary>
    /// <param name="call">The call.</param>
    /// <returns>None for a call of the owner as a whole.</returns>
    public IReadOnlyList<DriveKey> Concerned(in OwnerCall call) => OwnerCallRules.Of(call.Kind).Span switch
    {
        CallSpan.Drive => [call.Key],
        CallSpan.WholeDrive => WholeDrive(call.Drive),
        CallSpan.OwnDrives => _own,
        CallSpan.Everything => [.. _own.Union(_states.Keys)],
        _ => [],
    };

    /// <summary>Says whether a call is legal now. Changes nothing.</summary>
    /// <param name="call">The call.</param>
    /// <param name="concerned">What <see cref="Concerned"/> gives for it.</param>
    /// <param name="status">The owner's readiness.</param>
    /// <returns>Null when it is legal.</returns>
    public OrderRefusal? Refuse(in OwnerCall call, IReadOnlyList<DriveKey> concerned, DataOwnerStatus status)
    {
        OwnerCallRule rule = OwnerCallRules.Of(call.Kind);
        if (rule.Span is CallSpan.Owner or CallSpan.Everything)
        {
            return null;
        }

        if (!HasBegun)
        {
            return Refusal(call, call.Key, RefusalReason.NotBegun);
        }

        foreach (DriveKey drive in concerned)
        {
            if (ReasonToRefuse(rule, drive, StateOf(drive), status) is { } reason)
            {
                return Refusal(call, drive, reason);
            }
        }

        return null;
    }

    /// <summary>Describes why a call is refused.</summary>
    /// <param name="call">The call.</param>
    /// <param name="drive">The drive that refuses it.</param>
    /// <param name="reason">Why.</param>
    /// <returns>The refusal, with the current state of the drive.</returns>
    public OrderRefusal Refusal(in OwnerCall call, DriveKey drive, RefusalReason reason) => new(_owner, call.Kind, drive, StateOf(drive), reason);

    /// <summary>Moves drives by a call that was legal. A drive that was terminated in the meantime stays so.</summary>
    /// <param name="concerned">The drives that the call concerned.</param>
    /// <param name="call">The call.</param>
    /// <param name="ending">How it ended.</param>
    public void Move(IReadOnlyList<DriveKey> concerned, OwnerCallKind call, CallEnding ending)
    {
        ArgumentNullException.ThrowIfNull(concerned);
        _terminated |= call == OwnerCallKind.TerminateMultiStageOperation;
        foreach (DriveKey drive in concerned)
        {
            DriveState state = StateOf(drive);
            DriveState next = state == DriveState.Terminated ? state : Next(state, call, ending);
            _states[drive] = next;
            if (OwnerCallRules.IsOpen(next))
            {
                Open = drive;
            }
            else if (Open == drive)
            {
                Open = null;
            }
        }
    }

    private static DriveState Next(DriveState state, OwnerCallKind call, CallEnding ending)
    {
        if (ending == CallEnding.Failed)
        {
            return OwnerCallRules.Machine.Fire(state, OwnerCallStep.Failure, "a drive");
        }

        // A call that ends no stream in this state has one row for both endings.
        return OwnerCallRules.Machine.TryFire(state, new OwnerCallStep(call, ending), out DriveState next) ? next
            : OwnerCallRules.Machine.Fire(state, new OwnerCallStep(call, ending == CallEnding.Last ? CallEnding.Done : ending), "a drive");
    }

    private RefusalReason? ReasonToRefuse(OwnerCallRule rule, DriveKey drive, DriveState state, DataOwnerStatus status) =>
        !OwnerCallRules.Machine.TryFire(state, new OwnerCallStep(rule.Call), out _) ? RefusalReason.State
        : Open is { } open && open != drive ? RefusalReason.OtherStreamOpen
        : rule.BeforePrepared && WholeDrive(drive.Drive).Any(k => OwnerCallRules.IsPrepared(StateOf(k))) ? RefusalReason.Prepared
        : rule.NeedsReady && status != DataOwnerStatus.Ready ? RefusalReason.NotReady : null;

    /// <summary>What of a drive takes part in a restore: the owner's own data unless untouched, and all other owners' data kept there; never empty.</summary>
    private DriveKey[] WholeDrive(DriveNumber drive)
    {
        DriveKey own = new(drive);
        DriveKey[] kept = [.. _states.Keys.Where(k => k.IsProxied && k.Drive == drive)];
        return kept.Length > 0 && StateOf(own) == DriveState.RestoreFresh ? kept : [own, .. kept];
    }
}
