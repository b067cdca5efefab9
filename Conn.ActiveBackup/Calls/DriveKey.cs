using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Calls;

/// <summary>One drive an owner hands over or takes: its own, or one kept for another owner.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="ProxiedOwner">The other owner, or the default (0) for the owner's own data.</param>
public readonly record struct DriveKey(DriveNumber Drive, SecureId ProxiedOwner = default)
{
    /// <summary>True when the data belongs to another owner.</summary>
    public bool IsProxied => ProxiedOwner.Value != 0;

    /// <inheritdoc/>
    public override string ToString() => IsProxied ? $"{Drive} for {ProxiedOwner}" : Drive.ToString();
}
