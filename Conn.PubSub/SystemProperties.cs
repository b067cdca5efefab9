using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>The properties that every host has.</summary>
public static class SystemProperties
{
    /// <summary>The category of system properties. Source: KUidSystemCategoryValue.</summary>
    public const uint SystemCategory = 0x101F75B6;

    /// <summary>Categories below it may be defined by any identity with WriteDeviceData. Source: KUidSecurityThresholdCategoryValue.</summary>
    public const uint SecurityThresholdCategory = 0x10273357;

    /// <summary>
    /// Gets the name of the host's backup-or-restore mode, an integer, see <see cref="BurMode"/>. It is reserved: where policies are enforced only
    /// <see cref="SecureId.Engine"/> may define it; others get AccessDenied. Source: KUidBackupRestoreKey.
    /// </summary>
    public static PropertyName BackupRestoreKey => new(SystemCategory, 0x10202792);

    /// <summary>Gets the definition of the mode: every client reads it, only the engine publishes it.</summary>
    public static PropertyDefinition BackupRestoreDefinition { get; } = new()
    {
        Type = PropertyType.Int,
        Read = SecurityPolicy.AlwaysPass,
        Write = SecurityPolicy.ForSecureId(SecureId.Engine),
    };
}
