namespace Conn.PubSub.Security;

/// <summary>Who a client is to one store: secure id, vendor id, capabilities. Minted by the store's creator, immutable.</summary>
/// <remarks>
/// Holding the store is the right to mint, so a component is given a client, never the store. In process this guards against
/// accident, not against hostile code.
/// </remarks>
public sealed class ClientIdentity
{
    private readonly IPropertyStore _issuer;

    /// <summary>Mints an identity, as <see cref="IPropertyStore.MintIdentity(SecureId, CapabilitySet, uint)"/> does; for implementers of stores.</summary>
    /// <param name="issuer">The store for which it is.</param>
    /// <param name="secureId">The secure id.</param>
    /// <param name="capabilities">What it may do; legal ones only.</param>
    /// <param name="vendorId">The vendor id; 0 for none.</param>
    /// <exception cref="ArgumentException"><paramref name="capabilities"/> holds an unknown one.</exception>
    public ClientIdentity(IPropertyStore issuer, SecureId secureId, CapabilitySet capabilities, uint vendorId)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        if (!capabilities.IsLegal)
        {
            throw new ArgumentException("Only the 20 known capabilities can be given.", nameof(capabilities));
        }

        _issuer = issuer;
        SecureId = secureId;
        Capabilities = capabilities;
        VendorId = vendorId;
    }

    /// <summary>The secure id.</summary>
    public SecureId SecureId { get; }

    /// <summary>The vendor id; 0 for none.</summary>
    public uint VendorId { get; }

    /// <summary>What the client may do.</summary>
    public CapabilitySet Capabilities { get; }

    /// <summary>True when that store minted it.</summary>
    /// <param name="store">A store.</param>
    /// <returns>False for any other one.</returns>
    public bool IsIssuedBy(IPropertyStore store) => ReferenceEquals(_issuer, store);
}
