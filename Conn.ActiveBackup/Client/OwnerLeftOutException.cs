namespace Conn.ActiveBackup.Client;

/// <summary>Says that an owner takes no part in one operation although nothing of it failed: the operation was over before it was connected, or the engine did not
/// answer. It takes part in the next one. <see cref="ActiveBackupClientOptions.OnError"/> receives it.</summary>
/// <param name="code">TimedOut or LeaseExpired.</param>
/// <param name="message">Which owner, and why.</param>
public sealed class OwnerLeftOutException(ErrorCode code, string message) : ConnException(code, message);
