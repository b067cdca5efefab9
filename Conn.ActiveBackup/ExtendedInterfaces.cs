namespace Conn.ActiveBackup;

/// <summary>The numbers under which <see cref="IActiveBackupDataClient.GetExtendedInterface"/> finds Conn's optional interfaces.</summary>
public static class ExtendedInterfaces
{
    /// <summary><see cref="IRestorePlan"/>.</summary>
    public const int RestorePlan = 0x434F0001;

    /// <summary><see cref="IRestorePrepare"/>.</summary>
    public const int RestorePrepare = 0x434F0002;

    /// <summary><see cref="IOwnerRemarks"/>.</summary>
    public const int OwnerRemarks = 0x434F0003;

    /// <summary>Finds an interface by its number among those that an owner implements.</summary>
    internal static object? Find(IActiveBackupDataClient owner, int uid) => uid switch
    {
        RestorePlan => owner as IRestorePlan,
        RestorePrepare => owner as IRestorePrepare,
        OwnerRemarks => owner as IOwnerRemarks,
        _ => null,
    };
}
