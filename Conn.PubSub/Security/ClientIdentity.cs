namespace Conn.PubSub.Security;

/// <summary>Who a client is to one store: secure id, vendor id, capabilities. Minted by the store's creator, immutable.</summary>
/// <remarks>
/// Holding the store is the right to mint, so a component is given a <see cref="PropertyClient"/>, never the store. In process
/// this guards against accident, not against hostile code.
/// </remarks>
public sealed class ClientIdentity
{
    internal ClientIdentity(PropertyStore store, SecureId secureId, CapabilitySet capabilities, uint vendorId)
    {
        Store = store;
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

    internal PropertyStore Store { get; }
}
