using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>Where the engine reaches a connected owner. Any thread.</summary>
public interface IOwnerEndpoint
{
    /// <summary>The callbacks, or null for an owner that only wants to be quiet while others are backed up (ReadyNoImpl).</summary>
    IActiveBackupDataClient? Callbacks { get; }

    /// <summary>How long the owner stays prepared without hearing from the engine.</summary>
    TimeSpan Lease { get; }

    /// <summary>Says that the engine is alive. Never waits, never throws.</summary>
    void RenewLease();

    /// <summary>Says that an operation starts: the callbacks begin afresh.</summary>
    /// <param name="mode">The operation.</param>
    void BeginOperation(BurModeInfo mode);

    /// <summary>Says that the session has ended; every later call of the owner fails. Never waits, never throws.</summary>
    /// <param name="reason"><see cref="ErrorCode.None"/> when the operation is over, or why.</param>
    void EndSession(ErrorCode reason);
}
