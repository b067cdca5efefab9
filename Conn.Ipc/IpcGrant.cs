using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Says what the processes of one user may do at a server. The numbers are for all of its processes together.</summary>
public sealed record IpcGrant
{
    /// <summary>Gets the secure ids that the user's programs may have; null, the default, for every one but <see cref="SecureId.Engine"/>.</summary>
    public IReadOnlyCollection<SecureId>? SecureIds { get; init; }

    /// <summary>Gets the capabilities that the user's programs may have. Default: none.</summary>
    public CapabilitySet Capabilities { get; init; }

    /// <summary>Gets whether the user's programs may connect data owners. Default: true.</summary>
    public bool MayConnectOwners { get; init; } = true;

    /// <summary>Gets whether the user's programs may ask the host, for example for a backup or a restore. Default: false.</summary>
    public bool MayRequest { get; init; }

    /// <summary>Gets whether the places of the user's data owners count: other owners leave them out of their backups and do not replace them, and an
    /// operation is refused if they overlap. Default: false, because a path says nothing of whose data is there.</summary>
    public bool MayStatePlaces { get; init; }

    /// <summary>Gets the most connections at a time. Default: 256.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>Gets the most properties that are attached or observed at a time. Default: 20000.</summary>
    public int MaxProperties { get; init; } = 20_000;

    /// <summary>Gets the most clients, observations, watches and subscriptions at a time. Default: 20000.</summary>
    public int MaxSubscriptions { get; init; } = 20_000;

    /// <summary>Says whether a program of the user may have an identity.</summary>
    /// <param name="secureId">The secure id.</param>
    /// <param name="capabilities">The capabilities.</param>
    /// <returns>True when it may.</returns>
    public bool Allows(SecureId secureId, CapabilitySet capabilities) =>
        (SecureIds is null ? secureId != SecureId.Engine : SecureIds.Contains(secureId)) && capabilities.IsLegal && Capabilities.Contains(capabilities);
}
