namespace Conn.PubSub.Security;

/// <summary>What a policy looks at. The numbers are stored.</summary>
/// <remarks>Source: TSecurityPolicy::TType.</remarks>
public enum PolicyKind
{
    /// <summary>No identity passes. The default.</summary>
    AlwaysFail = 0,

    /// <summary>Everybody passes.</summary>
    AlwaysPass = 1,

    /// <summary>Who holds all of up to 3 capabilities passes.</summary>
    Capabilities3 = 2,

    /// <summary>Who holds all of up to 7 capabilities passes.</summary>
    Capabilities7 = 3,

    /// <summary>Who has the secure id and holds all of up to 3 capabilities passes.</summary>
    SecureId = 4,

    /// <summary>Who has the vendor id and holds all of up to 3 capabilities passes.</summary>
    VendorId = 5,
}
