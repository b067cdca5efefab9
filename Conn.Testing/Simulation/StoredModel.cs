using Conn.ActiveBackup.Contract;

namespace Conn.Testing.Simulation;

/// <summary>What a set holds of one owner, as the simulation knows it.</summary>
/// <param name="Parent">The set it continues, or null.</param>
/// <param name="Images">What the owner's data looked like, per drive.</param>
/// <param name="Data">Digest of the data stream, per drive.</param>
/// <param name="Snapshots">The snapshot, per drive; null where the owner gave none.</param>
internal sealed record StoredModel(
    string? Parent, IReadOnlyDictionary<DriveNumber, string> Images, IReadOnlyDictionary<DriveNumber, string> Data, IReadOnlyDictionary<DriveNumber, byte[]?> Snapshots);
