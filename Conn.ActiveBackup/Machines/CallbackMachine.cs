using Conn.ActiveBackup.Contract;

namespace Conn.ActiveBackup.Machines;

/// <summary>The callbacks of one owner in one operation: a state per drive, and the lock that one open stream takes.</summary>
/// <remarks>
/// The engine asks it before every call, and so does the owner's client on arrival: a call outside the table never reaches the owner.
/// Not thread-safe; each side drives it from one serial place.
/// </remarks>
public sealed class CallbackMachine
{
    private readonly Dictionary<DriveKey, DriveState> _drives = [];
    private readonly Func<DataOwnerStatus> _status;
    private readonly string _owner;
    private readonly bool _restore;
    private bool _terminated;

    /// <summary>Starts a machine with every drive fresh.</summary>
    /// <param name="owner">The owner's name, for refusals.</param>
    /// <param name="restore">True for a restore, false for a backup.</param>
    /// <param name="status">Tells the owner's readiness at each question.</param>
    public CallbackMachine(string owner, bool restore, Func<DataOwnerStatus> status)
    {
        ArgumentNullException.ThrowIfNull(status);
        _owner = owner;
        _restore = restore;
        _status = status;
    }

    /// <summary>The drive that has a stream open, or null.</summary>
    public DriveKey? Open { get; private set; }

    /// <summary>The state of a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>Fresh, when nothing happened on it yet; Terminated, when everything was ended before anything happened on it.</returns>
    public DriveState StateOf(DriveKey drive) => _drives.TryGetValue(drive, out DriveState state) ? state
        : _terminated ? DriveState.Terminated
        : drive.IsProxied ? (_restore ? DriveState.ProxyRestoreFresh : DriveState.ProxyFresh) : _restore ? DriveState.RestoreFresh : DriveState.BackupFresh;

    /// <summary>Says whether an event would be legal now, without taking the step; readiness counts here, before the call, and not after it.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="event">The event.</param>
    /// <exception cref="IllegalEventException">It is not; the message says in which state and what would be.</exception>
    public void Check(DriveKey drive, CallbackEvent @event)
    {
        Next(drive, @event);
        if (CallbackTable.NeedsReady(@event) && _status() is var status and not DataOwnerStatus.Ready)
        {
            throw new IllegalEventException("CallbackMachine", Subject(drive), $"{StateOf(drive)} while the owner is {status}", @event.ToString(), ["the same after the owner confirmed its readiness"]);
        }
    }

    /// <summary>Takes a step on one drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="event">The event.</param>
    /// <exception cref="IllegalEventException">It is not legal; nothing changed.</exception>
    public void Fire(DriveKey drive, CallbackEvent @event) => Move(drive, Next(drive, @event));

    /// <summary>Takes a step on every drive named, or on none.</summary>
    /// <param name="drives">The drives.</param>
    /// <param name="event">The event.</param>
    /// <exception cref="IllegalEventException">It is not legal for one of them; nothing changed.</exception>
    public void FireAll(IEnumerable<DriveNumber> drives, CallbackEvent @event)
    {
        ArgumentNullException.ThrowIfNull(drives);
        List<DriveKey> keys = [];
        foreach (DriveNumber drive in drives)
        {
            keys.Add(new DriveKey(drive));
        }

        FireAll(keys, @event);
    }

    internal void FireAll(IReadOnlyList<DriveKey> drives, CallbackEvent @event)
    {
        DriveState[] steps = new DriveState[drives.Count];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = Next(drives[i], @event);
        }

        for (int i = 0; i < steps.Length; i++)
        {
            Move(drives[i], steps[i]);
        }
    }

    /// <summary>Of which other owners data was asked for, and on which drives.</summary>
    internal IReadOnlyList<DriveKey> Proxied => [.. _drives.Keys.Where(k => k.IsProxied)];

    /// <summary>What of a drive takes part in a restore: its own data unless untouched, and every other owner's data kept there; never empty.</summary>
    internal IReadOnlyList<DriveKey> TakingPart(DriveNumber drive)
    {
        DriveKey own = new(drive);
        DriveKey[] proxied = [.. _drives.Keys.Where(k => k.IsProxied && k.Drive == drive)];
        return proxied.Length > 0 && StateOf(own) == DriveState.RestoreFresh ? proxied : [own, .. proxied];
    }

    /// <summary>Ends every drive, also those on which nothing has happened yet: always legal.</summary>
    public void Terminate()
    {
        _terminated = true;
        foreach (DriveKey key in _drives.Keys.ToArray())
        {
            Fire(key, CallbackEvent.Terminate);
        }
    }

    private void Move(DriveKey drive, DriveState next)
    {
        _drives[drive] = next;
        if (CallbackTable.IsOpen(next))
        {
            Open = drive;
        }
        else if (Open == drive)
        {
            Open = null;
        }
    }

    private DriveState Next(DriveKey drive, CallbackEvent @event)
    {
        DriveState state = StateOf(drive);
        // Who it is about is put into words for a refusal only: this runs several times for every callback.
        if (!CallbackTable.Instance.TryFire(state, @event, out DriveState next))
        {
            throw CallbackTable.Instance.Refuse(state, @event, Subject(drive));
        }

        if (!CallbackTable.IsOpen(state) && @event is not (CallbackEvent.Terminate or CallbackEvent.CallbackFailed)
            && Open is { } open && open != drive)
        {
            throw new IllegalEventException("CallbackMachine", Subject(drive), $"{state} while drive {open} has a stream open", @event.ToString(), [$"what continues or ends the stream of drive {open}"]);
        }

        if (@event is CallbackEvent.InitialiseRestoreProxyBaseData && TakingPart(drive.Drive).Any(k => IsDecided(StateOf(k))))
        {
            throw new IllegalEventException("CallbackMachine", Subject(drive), $"{state} on a drive that is prepared", @event.ToString(), ["RestoreComplete of the drive"]);
        }

        return next;
    }

    private static bool IsDecided(DriveState state) => state is DriveState.RestorePrepared or DriveState.ProxyRestorePrepared || CallbackTable.IsCompleted(state);

    private string Subject(DriveKey drive) => $"owner {_owner}, drive {drive}";
}
