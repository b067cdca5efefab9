using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>The properties every host knows.</summary>
public static class SystemProperties
{
    /// <summary>The category of system properties. Source: KUidSystemCategoryValue.</summary>
    public const uint SystemCategory = 0x101F75B6;

    /// <summary>Categories below it may be defined by anybody with WriteDeviceData. Source: KUidSecurityThresholdCategoryValue.</summary>
    public const uint SecurityThresholdCategory = 0x10273357;

    /// <summary>
    /// The backup-or-restore mode of the host: an integer, see <see cref="BurMode"/>. Reserved: where policies are enforced nobody but
    /// <see cref="SecureId.Engine"/> may define it, others get AccessDenied. Source: KUidBackupRestoreKey.
    /// </summary>
    public static PropertyName BackupRestoreKey => new(SystemCategory, 0x10202792);

    /// <summary>Who may read the mode: everybody.</summary>
    public static SecurityPolicy BackupRestoreReadPolicy => SecurityPolicy.AlwaysPass;

    /// <summary>Who may publish the mode: the engine.</summary>
    public static SecurityPolicy BackupRestoreWritePolicy => SecurityPolicy.ForSecureId(SecureId.Engine);

    /// <summary>Defines the mode's property: integer, anyone reads, only the engine writes. Needs no capability.</summary>
    /// <param name="engineClient">A client with the identity <see cref="SecureId.Engine"/>.</param>
    /// <returns>
    /// None: it is defined so, now or already. PermissionDenied: not the engine's identity. AlreadyExists: somebody else's
    /// definition, or another one, stands in the way; nothing was changed.
    /// </returns>
    public static ErrorCode DefineBackupRestoreKey(PropertyClient engineClient)
    {
        ArgumentNullException.ThrowIfNull(engineClient);
        return engineClient.Identity.SecureId == SecureId.Engine
            ? engineClient.Store.DefineOwn(
                engineClient.Access, BackupRestoreKey, PropertyType.Int, BackupRestoreReadPolicy, BackupRestoreWritePolicy)
            : ErrorCode.PermissionDenied;
    }
}
