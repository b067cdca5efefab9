using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>The operation a client takes part in.</summary>
/// <param name="Drives">The drives the operation concerns; empty in Normal.</param>
/// <param name="Mode">Part type and increment type.</param>
/// <remarks>Source: CActiveBackupClient::BURModeInfoL, whose three results these are.</remarks>
public readonly record struct BurModeInfo(DriveList Drives, BurMode Mode);
