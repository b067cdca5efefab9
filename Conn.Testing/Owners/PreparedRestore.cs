using Conn.ActiveBackup;

namespace Conn.Testing.Owners;

/// <summary>A restore that an owner has prepared, and that is not in place.</summary>
/// <param name="Driver">The driver that gave it.</param>
/// <param name="Stored">What is restored.</param>
/// <param name="Tokens">The token of each drive.</param>
/// <param name="Before">The image of the owner's data, which the restore has not changed yet.</param>
internal sealed record PreparedRestore(OwnerDriver Driver, StoredStreams Stored, IReadOnlyDictionary<DriveNumber, byte[]> Tokens, string Before);
