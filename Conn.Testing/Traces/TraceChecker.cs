using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Engine.Modes;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Testing.Traces;

/// <summary>Checks a trace entry by entry against the tables of modes and calls. The first entry that is not legal fails with the sentence it breaks.</summary>
internal sealed class TraceChecker
{
    private readonly Dictionary<string, Dictionary<DriveKey, DriveState>> _owners = [];
    private readonly Dictionary<string, DateTimeOffset> _busyUntil = [];
    private readonly HashSet<(string Owner, DriveKey Drive)> _prepared = [];
    private BurMode _mode = BurMode.Normal;
    private bool _committed;
    private int _at;

    public void Take(int at, TraceEntry entry)
    {
        _at = at;
        switch (entry.Kind)
        {
            case TraceKind.Mode:
                ChangeMode(BurMode.FromValue(entry.Mode));
                break;
            case TraceKind.Step:
                _committed |= entry.Phase == OperationPhase.Committed;
                break;
            default:
                Call(entry);
                break;
        }

        if (entry.Mode != _mode.ToValue())
        {
            throw Broken(Invariant.CurrentMode, $"the entry has mode {BurMode.FromValue(entry.Mode)}, and the host is in {_mode}");
        }
    }

    public void End(int count)
    {
        _at = count;
        if (!_mode.IsIdle)
        {
            throw Broken(Invariant.AlwaysNormal, $"the trace ends in {_mode}");
        }
    }

    private void ChangeMode(BurMode mode)
    {
        BurModeEvent step = mode.PartType switch
        {
            BurPartType.BackupFull => BurModeEvent.StartBackupFull,
            BurPartType.BackupPartial => BurModeEvent.StartBackupPartial,
            BurPartType.RestoreFull => BurModeEvent.StartRestoreFull,
            BurPartType.RestorePartial => BurModeEvent.StartRestorePartial,
            BurPartType.Unset => BurModeEvent.GoUnset,
            _ => BurModeEvent.GoNormal,
        };
        if (!BurModeTable.Instance.TryFire(_mode.PartType, step, out _))
        {
            throw Broken(Invariant.OneHolder, $"{mode} follows {_mode} without Normal between");
        }

        foreach ((string owner, Dictionary<DriveKey, DriveState> drives) in mode.IsIdle ? _owners : [])
        {
            foreach ((DriveKey drive, DriveState state) in drives.Where(d => OwnerCallRules.IsOpen(d.Value)))
            {
                throw Broken(Invariant.Released, $"the host is in {mode}, and drive {drive} of {owner} is left in {state}");
            }
        }

        _mode = mode;
        _committed = false;
        _owners.Clear();
        _prepared.Clear();
    }

    private void Call(TraceEntry entry)
    {
        string owner = entry.Owner ?? throw Broken(Invariant.LegalOrder, "a call without an owner");
        OwnerCallKind call = entry.Call ?? throw Broken(Invariant.LegalOrder, $"a call of {owner} without its kind");
        if (_mode.IsIdle)
        {
            throw Broken(Invariant.CurrentMode, $"{call} of {owner} in {_mode}");
        }

        // A call that was given up may still run when Terminate comes.
        if (call != OwnerCallKind.TerminateMultiStageOperation && _busyUntil.TryGetValue(owner, out DateTimeOffset until) && entry.At < until)
        {
            throw Broken(Invariant.Serialised, $"{call} of {owner} began at {entry.At:O}, and the call before it ended at {until:O}");
        }

        _busyUntil[owner] = entry.At + entry.Took;
        if (call == OwnerCallKind.Begin)
        {
            Begin(owner, entry);
        }
        else if (_owners.TryGetValue(owner, out Dictionary<DriveKey, DriveState>? drives))
        {
            foreach (TraceMove move in entry.Moves)
            {
                DriveKey drive = Key(move);
                Move(owner, drive, drives.TryGetValue(drive, out DriveState known) ? known : Fresh(drive.IsProxied), move, entry);
                drives[drive] = move.After;
            }
        }
        else
        {
            throw Broken(Invariant.OnlyParticipants, $"{call} of {owner}, with which no operation has begun");
        }
    }

    private void Begin(string owner, TraceEntry entry)
    {
        Dictionary<DriveKey, DriveState> drives = entry.Moves.ToDictionary(Key, m => m.After);
        if (drives.Any(d => d.Value != Fresh(d.Key.IsProxied)))
        {
            throw Broken(Invariant.LegalOrder, $"{owner} begins with drives that are not fresh");
        }

        _owners[owner] = drives;
    }

    private void Move(string owner, DriveKey drive, DriveState state, TraceMove move, TraceEntry entry)
    {
        OwnerCallKind call = entry.Call!.Value;
        if (move.Before != state)
        {
            throw Broken(Invariant.LegalOrder, $"{call} of {owner}, drive {drive}, comes in {move.Before}, and the calls before it lead to {state}");
        }

        if (!OwnerCallRules.Machine.TryFire(state, new OwnerCallStep(call), out DriveState next))
        {
            throw Broken(Invariant.LegalOrder, $"{call} of {owner}, drive {drive}, in {state}");
        }

        // Terminate moves the drives before it is made, however it ends. A call that ends no stream in this state has one row for both endings.
        CallEnding ending = call == OwnerCallKind.TerminateMultiStageOperation ? CallEnding.Done : EndingOf(call, entry);
        OwnerCallStep step = ending == CallEnding.Failed ? OwnerCallStep.Failure : new OwnerCallStep(call, ending);
        next = OwnerCallRules.Machine.TryFire(state, step, out DriveState other) ? other : next;
        if (move.After != next)
        {
            string how = entry.Error == 0 ? "" : $" when it fails with {new ErrorCode(entry.Error)}";
            throw Broken(Invariant.LegalOrder, $"{call} of {owner}, drive {drive}, leads from {state} to {next}{how}, not to {move.After}");
        }

        if (call == OwnerCallKind.RestoreComplete && !_committed && _prepared.Contains((owner, drive)))
        {
            throw Broken(Invariant.AllOrNothing, $"drive {drive} of {owner} is completed before the commit record is durable");
        }

        if (call == OwnerCallKind.PrepareRestore)
        {
            _prepared.Add((owner, drive));
        }
    }

    private static CallEnding EndingOf(OwnerCallKind call, TraceEntry entry) =>
        entry.Error == 0 ? entry.Last ? CallEnding.Last : CallEnding.Done
        : !entry.GivenUp && OwnerCallRules.Of(call).RefusalCodes.Contains(new ErrorCode(entry.Error)) ? CallEnding.SnapshotRefused
        : CallEnding.Failed;

    private static DriveKey Key(TraceMove move) => new(DriveNumber.FromLetter(move.Drive), new SecureId(move.ProxiedOwner));

    private DriveState Fresh(bool proxied) => _mode.IsRestore ? proxied ? DriveState.ProxyRestoreFresh : DriveState.RestoreFresh
        : proxied ? DriveState.ProxyFresh : DriveState.BackupFresh;

    private TraceReplayException Broken(Invariant invariant, string what) => new($"Entry {_at}: {invariant}: {Invariants.Sentence(invariant)}\n  seen: {what}");
}
