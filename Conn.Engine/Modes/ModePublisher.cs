using Conn.ActiveBackup.Machines;
using Conn.Engine.Loop;
using Conn.PubSub;

namespace Conn.Engine.Modes;

/// <summary>The host's mode: moves by its table, remembers, then publishes. The only class of the engine that touches the bus.</summary>
/// <remarks>Used in the engine's loop. Invariant: what is published is never ahead of <see cref="Current"/>.</remarks>
internal sealed class ModePublisher
{
    private readonly PropertyClient _bus;
    private readonly EngineFaults _faults;

    /// <summary>Takes the bus for one engine: defines the key if needed, and publishes Normal.</summary>
    /// <exception cref="ConnException">InUse: another engine runs on this bus. Else the bus does not let this identity define or write the key.</exception>
    public ModePublisher(PropertyClient bus, EngineFaults faults)
    {
        _bus = bus;
        _faults = faults;
        ErrorCode defined = SystemProperties.DefineBackupRestoreKey(bus);
        if (!defined.IsNone && defined != ErrorCode.AlreadyExists)
        {
            throw new ConnException(defined, "The backup-or-restore key cannot be defined; open the bus with the identity of SecureId.Engine.");
        }

        ErrorCode read = bus.Get(SystemProperties.BackupRestoreKey, out int value, out Stamp revision);
        BurMode found = BurMode.FromValue(value);
        ErrorCode taken = !read.IsNone ? read : found.PartType != BurPartType.Unset ? ErrorCode.InUse
            : bus.CompareAndSet(SystemProperties.BackupRestoreKey, BurMode.Normal.ToValue(), revision, out _);
        if (taken == ErrorCode.InUse || taken == ErrorCode.Changed)
        {
            throw new ConnException(ErrorCode.InUse, $"Another engine runs on this bus (the mode is {found}); one bus takes one engine. Dispose that engine first.");
        }

        if (!taken.IsNone)
        {
            throw new ConnException(taken, "The backup-or-restore key cannot be written; open the bus with the identity of SecureId.Engine.");
        }
    }

    /// <summary>The mode as the engine knows it.</summary>
    public BurMode Current { get; private set; } = BurMode.Normal;

    /// <summary>Enters an operation.</summary>
    /// <exception cref="IllegalEventException">The host is in one already.</exception>
    /// <exception cref="ConnException">The mode could not be published; the host is back where it was.</exception>
    public void Enter(BurModeEvent start, BackupIncType incType)
    {
        BurMode before = Current;
        Current = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, start, "the host"), incType);
        ErrorCode code = Publish();
        if (!code.IsNone)
        {
            Current = before;
            throw new ConnException(
                code, $"The mode {start} could not be published under {SystemProperties.BackupRestoreKey}; no owner was notified, nothing was started.");
        }
    }

    /// <summary>Ends whatever is going on. From Normal it publishes nothing.</summary>
    /// <returns>The bus's answer; the host is in Normal in any case.</returns>
    public ErrorCode GoNormal() => End(BurModeEvent.GoNormal, BurMode.Normal);

    /// <summary>The engine stops: another one may take the bus.</summary>
    /// <returns>The bus's answer.</returns>
    public ErrorCode GoUnset() => End(BurModeEvent.GoUnset, BurMode.Unset);

    private ErrorCode End(BurModeEvent step, BurMode mode)
    {
        BurMode before = Current;
        Current = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, step, "the host"), mode.IncType);
        return Current == before ? ErrorCode.None : Publish();
    }

    /// <summary>Publishes outside of the loop's context: inline observers of the bus run here, and what they leave behind must not come into the
    /// loop.</summary>
    private ErrorCode Publish()
    {
        ErrorCode code = ErrorCode.General;
        _faults.Guard(() => code = _bus.Set(SystemProperties.BackupRestoreKey, Current.ToValue()));
        return code;
    }
}
