using System.Collections.Concurrent;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>The ways by which an engine asks owners of other processes outside of operations: whether they could take a restore (<see cref="IRestorePlan"/>), and whether
/// their data can be read, and where it is.</summary>
/// <remarks>Register each owner with its channel, and give the object to the server. An owner that is not connected is not asked: the call succeeds. Any thread.</remarks>
public sealed class IpcPlanners
{
    private readonly ConcurrentDictionary<SecureId, IOwnerClient> _offered = [];
    private readonly ConcurrentDictionary<SecureId, RemotePlaces> _places = [];

    /// <summary>Gets the way to one owner.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <returns>A channel for the owner's registration. It reaches whatever process offers the owner when a call is made.</returns>
    public IOwnerChannel Of(SecureId owner) => new RemotePlanner(this, owner);

    /// <summary>Gets the places of one owner in the file system, which are kept apart from those of other owners and from the repository.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <returns>The places, for the owner's registration. They are those that the newest process of the owner stated, also when it is gone. A process states
    /// none if its user may not (<see cref="IpcGrant.MayStatePlaces"/>). The owner is given the places of others before it is called.</returns>
    public IOwnedPlaces PlacesOf(SecureId owner) => _places.GetOrAdd(owner, static _ => new RemotePlaces());

    /// <summary>The places of an owner; null if nothing asked for them.</summary>
    internal RemotePlaces? FindPlaces(SecureId owner) => _places.GetValueOrDefault(owner);

    /// <summary>The newest process that offers an owner is the one that is asked.</summary>
    internal void Add(SecureId owner, IOwnerClient process) => _offered[owner] = process;

    internal void Remove(SecureId owner, IOwnerClient process) => _offered.TryRemove(new KeyValuePair<SecureId, IOwnerClient>(owner, process));

    internal IOwnerClient? Find(SecureId owner) => _offered.GetValueOrDefault(owner);
}
