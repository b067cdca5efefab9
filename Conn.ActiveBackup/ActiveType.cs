namespace Conn.ActiveBackup;

/// <summary>Whose data an owner handles.</summary>
/// <remarks>Source: TActiveType; the numbers are the original's.</remarks>
public enum ActiveType
{
    /// <summary>Its own data only.</summary>
    ActiveOnly = 0,

    /// <summary>Its own data, and data kept for other owners.</summary>
    ActiveAndProxy = 1,

    /// <summary>None of its own: only data kept for other owners; or nothing at all, when all of its data is with its proxy managers.</summary>
    ProxyOnly = 2,
}
