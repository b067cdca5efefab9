using Conn.PubSub;

namespace Conn.ActiveBackup;

/// <summary>The current operation, as an owner sees it.</summary>
/// <param name="Drives">The drives that take part; empty in Normal.</param>
/// <param name="Mode">Part type and increment type.</param>
/// <remarks>Source: CActiveBackupClient::BURModeInfoL, whose three results these are.</remarks>
public readonly record struct BurModeInfo(DriveList Drives, BurMode Mode);
