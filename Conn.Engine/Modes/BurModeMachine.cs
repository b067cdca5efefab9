using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Engine.Modes;

/// <summary>The host's mode: moves by its table, remembers, then publishes. Nothing else writes the key.</summary>
/// <remarks>Driven from the engine's serial loop. The engine's own state is stored before it is published.</remarks>
internal sealed class BurModeMachine
{
    private readonly PropertyClient _bus;

    public BurModeMachine(PropertyClient bus) => _bus = bus;

    /// <summary>The mode as the engine knows it; what is published is never ahead of it.</summary>
    public BurMode Present { get; private set; } = BurMode.Unset;

    /// <summary>Enters an operation.</summary>
    /// <exception cref="IllegalEventException">The host is in one already.</exception>
    /// <exception cref="ConnException">The mode could not be published; the host is back where it was.</exception>
    public void Enter(BurModeEvent start, BackupIncType incType)
    {
        BurMode before = Present;
        Present = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, start, "the host"), incType);
        ErrorCode code = _bus.Set(SystemProperties.BackupRestoreKey, Present.ToValue());
        if (!code.IsNone)
        {
            Present = before;
            throw new ConnException(code, $"The mode {start} could not be published under {SystemProperties.BackupRestoreKey}; no owner was told, nothing was started.");
        }
    }

    /// <summary>Ends whatever is going on. From Normal it publishes nothing.</summary>
    /// <returns>The bus's answer; the host is in Normal in any case.</returns>
    public ErrorCode GoNormal() => End(BurModeEvent.GoNormal, BurMode.Normal);

    /// <summary>The engine stops.</summary>
    /// <returns>The bus's answer.</returns>
    public ErrorCode GoUnset() => End(BurModeEvent.GoUnset, BurMode.Unset);

    private ErrorCode End(BurModeEvent step, BurMode mode)
    {
        BurMode before = Present;
        Present = BurMode.Of(BurModeTable.Instance.Fire(before.PartType, step, "the host"), mode.IncType);
        return Present == before ? ErrorCode.None : _bus.Set(SystemProperties.BackupRestoreKey, Present.ToValue());
    }
}
