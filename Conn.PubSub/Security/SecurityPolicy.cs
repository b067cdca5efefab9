namespace Conn.PubSub.Security;

/// <summary>Says which identities may read, or write, a property. Immutable; no identity passes the default.</summary>
/// <param name="Kind">What is looked at.</param>
/// <param name="Id">The secure or vendor id for the kinds that look at one; 0 otherwise.</param>
/// <param name="Required">The capabilities that must all be held: up to 3, or 7 for <see cref="PolicyKind.Capabilities7"/>; empty for pass and fail.</param>
/// <remarks>
/// The constructor takes any parts, so that stored policies can be read back; <see cref="IsWellFormed"/> tells legal ones, and a
/// definition refuses the others with <see cref="ErrorCode.Argument"/>. There is no OR. Source: TSecurityPolicy.
/// </remarks>
public readonly record struct SecurityPolicy(PolicyKind Kind, uint Id, CapabilitySet Required)
{
    /// <summary>No identity passes; the default value.</summary>
    public static SecurityPolicy AlwaysFail => default;

    /// <summary>Everybody passes.</summary>
    public static SecurityPolicy AlwaysPass => new(PolicyKind.AlwaysPass, 0, default);

    /// <summary>True when the parts go together; only such policies can be put on a property.</summary>
    public bool IsWellFormed => Required.IsLegal && Kind switch
    {
        PolicyKind.AlwaysFail or PolicyKind.AlwaysPass => Id == 0 && Required.Count == 0,
        PolicyKind.Capabilities3 => Id == 0 && Required.Count <= 3,
        PolicyKind.Capabilities7 => Id == 0 && Required.Count <= 7,
        PolicyKind.SecureId or PolicyKind.VendorId => Required.Count <= 3,
        _ => false,
    };

    /// <summary>Who holds all of these capabilities passes.</summary>
    /// <param name="required">1 to 7 capabilities, distinct.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">None or more than 7 of them.</exception>
    public static SecurityPolicy ForCapabilities(params ReadOnlySpan<Capability> required)
    {
        CapabilitySet set = CapabilitySet.Of(required);
        if (set.Count is 0 or > 7)
        {
            throw new ArgumentException($"A policy asks for 1 to 7 capabilities, not {set.Count}.", nameof(required));
        }

        return new SecurityPolicy(set.Count <= 3 ? PolicyKind.Capabilities3 : PolicyKind.Capabilities7, 0, set);
    }

    /// <summary>Who has this secure id, and holds all of these capabilities, passes.</summary>
    /// <param name="id">The secure id; with 0 no identity passes.</param>
    /// <param name="required">0 to 3 capabilities.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">More than 3 capabilities.</exception>
    public static SecurityPolicy ForSecureId(SecureId id, params ReadOnlySpan<Capability> required) =>
        new(PolicyKind.SecureId, id.Value, UpToThree(required));

    /// <summary>Who has this vendor id, and holds all of these capabilities, passes.</summary>
    /// <param name="id">The vendor id; with 0 no identity passes.</param>
    /// <param name="required">0 to 3 capabilities.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">More than 3 capabilities.</exception>
    public static SecurityPolicy ForVendorId(uint id, params ReadOnlySpan<Capability> required) =>
        new(PolicyKind.VendorId, id, UpToThree(required));

    /// <summary>Says whether an identity passes.</summary>
    /// <param name="identity">Who.</param>
    /// <returns>True when it passes; no identity passes a policy that is not well formed.</returns>
    public bool Passes(ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return IsWellFormed && Kind switch
        {
            PolicyKind.AlwaysPass => true,
            PolicyKind.Capabilities3 or PolicyKind.Capabilities7 => identity.Capabilities.Contains(Required),
            PolicyKind.SecureId => Id != 0 && identity.SecureId.Value == Id && identity.Capabilities.Contains(Required),
            PolicyKind.VendorId => Id != 0 && identity.VendorId == Id && identity.Capabilities.Contains(Required),
            _ => false,
        };
    }

    private static CapabilitySet UpToThree(ReadOnlySpan<Capability> required)
    {
        CapabilitySet set = CapabilitySet.Of(required);
        return set.Count <= 3
            ? set
            : throw new ArgumentException($"A policy by id asks for up to 3 capabilities, not {set.Count}.", nameof(required));
    }
}
