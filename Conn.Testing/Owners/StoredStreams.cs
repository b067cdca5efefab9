using Conn.ActiveBackup.Contract;

namespace Conn.Testing.Owners;

/// <summary>What one backup of one owner stored: the data of every drive, its snapshot, and what the owner's data looked like then.</summary>
/// <param name="Data">The bytes of each drive.</param>
/// <param name="Snapshots">The snapshot of each drive; a drive whose owner keeps none is absent.</param>
/// <param name="Image">The owner's image at that time.</param>
/// <param name="IsIncrement">True when the owner had taken its snapshot: the bytes continue the parent's.</param>
internal sealed record StoredStreams(IReadOnlyDictionary<DriveNumber, byte[]> Data, IReadOnlyDictionary<DriveNumber, byte[]> Snapshots, string Image, bool IsIncrement);
