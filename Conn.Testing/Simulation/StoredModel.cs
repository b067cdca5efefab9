using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>What a set holds of what one owner handed over, of its own and of those it serves, as the simulation knows it.</summary>
/// <param name="Parent">The set that its own part continues, or null.</param>
/// <param name="Version">The version of its data then.</param>
/// <param name="Images">What the data looked like, per place; only places of which the set holds something.</param>
/// <param name="Data">Digest of the data stream, per place.</param>
/// <param name="Snapshots">The snapshot, per drive; null where the owner gave none.</param>
internal sealed record StoredModel(
    string? Parent, uint Version, IReadOnlyDictionary<DriveKey, string> Images, IReadOnlyDictionary<DriveKey, string> Data, IReadOnlyDictionary<DriveNumber, byte[]?> Snapshots)
{
    /// <summary>The image of data that changed while its backup ran: the backup may have it as it was, as it became, or in part.</summary>
    public const string Unknown = "(the data changed while it was backed up)";

    /// <summary>Whether data looks as it must.</summary>
    public static bool Fits(string image, string? expected) => image == expected || expected == Unknown;
}
