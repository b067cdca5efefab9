using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.Engine.Reports;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Simulation;

namespace Conn.Testing.Traces;

/// <summary>Follows a trace entry by entry; the first that cannot be legal fails with the sentence it breaks.</summary>
internal sealed class TraceChecker
{
    private readonly Dictionary<string, Dictionary<DriveKey, DriveState>> _owners = [];
    private readonly Dictionary<string, DateTimeOffset> _busyUntil = [];
    private readonly HashSet<(string Owner, DriveKey Key)> _prepared = [];
    private readonly HashSet<string> _gone = [];
    private readonly Dictionary<(string Owner, DriveKey Key), List<DriveState>> _late = [];
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
            case TraceKind.Began:
                Begin(entry);
                break;
            default:
                Call(entry);
                break;
        }

        if (entry.Mode != _mode.ToValue())
        {
            throw Broken(Invariant.CurrentMode, $"it was noted in mode {BurMode.FromValue(entry.Mode)}, and the host is in {_mode}");
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

        (string owner, KeyValuePair<DriveKey, DriveState> open) = _owners.Where(o => !_gone.Contains(o.Key)).SelectMany(o => o.Value.Select(d => (o.Key, d))).FirstOrDefault(d => CallbackTable.IsOpen(d.d.Value));
        if (mode.IsIdle && owner is not null)
        {
            throw Broken(Invariant.Released, $"the host is in {mode}, and drive {open.Key} of {owner} is left in {open.Value}");
        }

        _mode = mode;
        _committed = false;
        _owners.Clear();
        _prepared.Clear();
        _gone.Clear();
        _late.Clear();
    }

    private void Begin(TraceEntry entry)
    {
        if (_mode.IsIdle)
        {
            throw Broken(Invariant.CurrentMode, $"{entry.Owner} begins while the host is in {_mode}");
        }

        Dictionary<DriveKey, DriveState> drives = entry.Moves.ToDictionary(Key, m => m.After);
        if (drives.Values.Any(s => s != Fresh(false)))
        {
            throw Broken(Invariant.LegalOrder, $"{entry.Owner} begins with drives that are not fresh");
        }

        _owners[Owner(entry)] = drives;
    }

    private void Call(TraceEntry entry)
    {
        string owner = Owner(entry);
        CallbackEvent step = entry.Event ?? throw Broken(Invariant.LegalOrder, "a callback without its event");
        if (!_owners.TryGetValue(owner, out Dictionary<DriveKey, DriveState>? drives))
        {
            throw Broken(_mode.IsIdle ? Invariant.CurrentMode : Invariant.OnlyParticipants, $"{step} of {owner}, which has begun no operation, in {_mode}");
        }

        // What was given up may still run when Terminate comes.
        if (step != CallbackEvent.Terminate && _busyUntil.TryGetValue(owner, out DateTimeOffset until) && entry.At < until)
        {
            throw Broken(Invariant.Serialised, $"{step} of {owner} began at {entry.At:O}, and the call before it ended at {until:O}");
        }

        _busyUntil[owner] = entry.At + entry.Took;
        if (entry.GivenUp)
        {
            // It hangs or is gone: what it holds is a matter of its lease.
            _gone.Add(owner);
        }

        foreach (TraceMove move in entry.Moves)
        {
            DriveKey key = Key(move);
            DriveState state = drives.TryGetValue(key, out DriveState known) ? known : Fresh(key.IsProxied);
            if (move.Before != state && _late.TryGetValue((owner, key), out List<DriveState>? ends) && ends.Contains(move.Before))
            {
                // The call that was given up came to its end after all.
                state = move.Before;
            }

            if (move.Before != state)
            {
                throw Broken(Invariant.LegalOrder, $"{step} of {owner}, drive {key}, is said to come in {move.Before}, and what came before leaves {state}");
            }

            if (!CallbackTable.Instance.LegalEvents(state).Contains(step))
            {
                throw Broken(Invariant.LegalOrder, $"{step} of {owner}, drive {key}, in {state}");
            }

            if (!After(entry, step, state).Contains(move.After))
            {
                throw Broken(Invariant.LegalOrder, $"{step} of {owner}, drive {key}, does not lead from {state} to {move.After}{(entry.Error == 0 ? "" : $" when it fails with {new ErrorCode(entry.Error)}")}");
            }

            if (step == CallbackEvent.RestoreComplete && !_committed && _prepared.Contains((owner, key)))
            {
                throw Broken(Invariant.AllOrNothing, $"drive {key} of {owner} is completed before the decision is durable");
            }

            if (step == CallbackEvent.PrepareRestore)
            {
                _prepared.Add((owner, key));
            }

            _late.Remove((owner, key));
            if (entry.GivenUp && step != CallbackEvent.Terminate)
            {
                _late[(owner, key)] = [.. After(entry, step, state), .. After(entry with { Error = 0 }, step, state), .. After(entry with { Error = 0, Last = true }, step, state)];
            }

            drives[key] = move.After;
        }
    }

    /// <summary>Where a call can lead: it went through, it failed, the owner had no use for a snapshot, or it was given up.</summary>
    private static List<DriveState> After(TraceEntry entry, CallbackEvent step, DriveState state)
    {
        MachineTable<DriveState, CallbackEvent> table = CallbackTable.Instance;
        DriveState done = table.Fire(state, step, "a trace");
        if (entry.Error == 0)
        {
            CallbackEvent? end = !entry.Last ? null : step switch
            {
                CallbackEvent.GetBackupDataSection => CallbackEvent.BackupDataFinished,
                CallbackEvent.GetSnapshotData => CallbackEvent.SnapshotDataFinished,
                _ => null,
            };
            return [end is { } ended ? table.Fire(done, ended, "a trace") : done];
        }

        List<DriveState> ways = [];
        foreach (DriveState from in new[] { state, done })
        {
            if (entry.GivenUp || step is CallbackEvent.Terminate or CallbackEvent.Recover)
            {
                ways.Add(from);
            }

            ways.Add(table.Fire(from, CallbackEvent.CallbackFailed, "a trace"));
            if (table.TryFire(from, CallbackEvent.SnapshotRefused, out DriveState refused))
            {
                ways.Add(refused);
            }
        }

        return ways;
    }

    private static DriveKey Key(TraceMove move) => new(DriveNumber.FromLetter(move.Drive), new SecureId(move.ProxiedOwner));

    private DriveState Fresh(bool proxied) => proxied ? _mode.IsRestore ? DriveState.ProxyRestoreFresh : DriveState.ProxyFresh : _mode.IsRestore ? DriveState.RestoreFresh : DriveState.BackupFresh;

    private string Owner(TraceEntry entry) => entry.Owner ?? throw Broken(Invariant.LegalOrder, $"a {entry.Kind} of nobody");

    private TraceReplayException Broken(Invariant invariant, string what) => new($"Entry {_at}: {invariant}: {Invariants.Sentence(invariant)}\n  seen: {what}");
}
