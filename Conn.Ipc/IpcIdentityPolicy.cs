using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Maps the users of the machine to what their processes may do at a server. A user without an entry is refused.</summary>
/// <remarks>The user id comes from the kernel, never from a message. Immutable.</remarks>
public sealed class IpcIdentityPolicy
{
    private readonly Dictionary<uint, IpcGrant> _grants;

    /// <summary>Makes a policy.</summary>
    /// <param name="grants">What each user may do, by user id.</param>
    public IpcIdentityPolicy(IReadOnlyDictionary<uint, IpcGrant> grants)
    {
        ArgumentNullException.ThrowIfNull(grants);
        _grants = new Dictionary<uint, IpcGrant>(grants);
    }

    /// <summary>Gets the policy that allows the user of this process every secure id but the engine's, every capability, requests and places, and nothing to other users.</summary>
    public static IpcIdentityPolicy OwnUser { get; } =
        new(new Dictionary<uint, IpcGrant> { [LibC.EffectiveUser()] = new() { Capabilities = CapabilitySet.All, MayRequest = true, MayStatePlaces = true } });

    /// <summary>Finds what a peer may do.</summary>
    /// <param name="peer">The peer.</param>
    /// <returns>Null when the peer is refused.</returns>
    public IpcGrant? Find(IpcPeer peer) => _grants.GetValueOrDefault(peer.User);
}
