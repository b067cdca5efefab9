using Conn.ActiveBackup.Machines;
using Conn.Engine.Loop;
using Conn.PubSub;

namespace Conn.Engine.Modes;

/// <summary>The host's mode: moves by its table, remembers, then publishes. The only class of the engine that touches the bus.</summary>
/// <remarks>Used in the engine's loop. Invariant: what is published is never ahead of <see cref="Current"/>.</remarks>
internal sealed class ModePublisher
{
    private readonly IPropertyClient _bus;
    private readonly EngineFaults _faults;

    private ModePublisher(IPropertyClient bus, EngineFaults faults)
    {
        _bus = bus;
        _faults = faults;
    }

    /// <summary>The mode as the engine knows it.</summary>
    public BurMode Current { get; private set; } = BurMode.Normal;

    /// <summary>Takes the bus for one engine: defines the key if needed, and publishes Normal.</summary>
    /// <exception cref="ConnException">InUse: another engine runs on this bus. Else the bus does not let this identity define or write the key.</exception>
    public static async ValueTask<ModePublisher> StartAsync(IPropertyClient bus, EngineFaults faults, CancellationToken cancellationToken)
    {
        ErrorCode defined = await bus.TryDefineAsync(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition, cancellationToken);
        if (!defined.IsSuccess && defined != ErrorCode.AlreadyExists)
        {
            throw new ConnException(defined, "The backup-or-restore key cannot be defined; open the bus with the identity of SecureId.Engine.");
        }

        PropertyReading read = await bus.TryReadAsync(SystemProperties.BackupRestoreKey, cancellationToken);
        BurMode found = BurMode.FromValue(read.Value.Int);
        ErrorCode taken = !read.Code.IsSuccess ? read.Code : found.PartType != BurPartType.Unset ? ErrorCode.InUse
            : (await bus.TryCompareAndSetAsync(SystemProperties.BackupRestoreKey, BurMode.Normal.ToValue(), read.Revision, cancellationToken)).Code;
        if (taken == ErrorCode.InUse || taken == ErrorCode.Changed)
        {
            throw new ConnException(ErrorCode.InUse, $"Another engine runs on this bus (the mode is {found}); one bus takes one engine. Dispose that engine first.");
        }

        return taken.IsSuccess ? new ModePublisher(bus, faults)
            : throw new ConnException(taken, "The backup-or-restore key cannot be written; open the bus with the identity of SecureId.Engine.");
    }

    /// <summary>Enters an operation.</summary>
    /// <exception cref="IllegalEventException">The host is in one already.</exception>
    /// <exception cref="ConnException">The mode could not be published; the host is back where it was.</exception>
    public async ValueTask EnterAsync(BurModeEvent start, BackupIncType incType)
    {
        BurMode before = Current;
        Current = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, start, "the host"), incType);
        ErrorCode code = await PublishAsync();
        if (!code.IsSuccess)
        {
            Current = before;
            throw new ConnException(
                code, $"The mode {start} could not be published under {SystemProperties.BackupRestoreKey}; no owner was notified, nothing was started.");
        }
    }

    /// <summary>Ends whatever is going on. From Normal it publishes nothing.</summary>
    /// <returns>The bus's answer; the host is in Normal in any case.</returns>
    public ValueTask<ErrorCode> GoNormalAsync() => EndAsync(BurModeEvent.GoNormal, BurMode.Normal);

    /// <summary>The engine stops: another one may take the bus.</summary>
    /// <returns>The bus's answer.</returns>
    public ValueTask<ErrorCode> GoUnsetAsync() => EndAsync(BurModeEvent.GoUnset, BurMode.Unset);

    private async ValueTask<ErrorCode> EndAsync(BurModeEvent step, BurMode mode)
    {
        BurMode before = Current;
        Current = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, step, "the host"), mode.IncType);
        return Current == before ? ErrorCode.Success : await PublishAsync();
    }

    /// <summary>Publishes outside of the loop's context: inline observers of the bus run here, and what they leave behind must not come into the
    /// loop.</summary>
    private async ValueTask<ErrorCode> PublishAsync()
    {
        ValueTask<PublishResult> publishing = default;
        if (!_faults.Guard(() => publishing = _bus.TrySetAsync(SystemProperties.BackupRestoreKey, Current.ToValue())))
        {
            return ErrorCode.General;
        }

        try
        {
            return (await publishing).Code;
        }
#pragma warning disable CA1031 // The bus is not the engine's own; its exception is reported, and the caller gets a code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _faults.Report(e);
            return ErrorCode.General;
        }
    }
}
