using System.Collections.Concurrent;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>The ways by which an engine asks owners of other processes outside of operations: whether they could take a restore (<see cref="IRestorePlan"/>), and whether
/// their data can be read.</summary>
/// <remarks>Register each owner with its channel, and give the object to the server. An owner that is not connected is not asked: the call succeeds. Any thread.</remarks>
public sealed class IpcPlanners
{
    private readonly ConcurrentDictionary<SecureId, IOwnerClient> _offered = [];

    /// <summary>Gets the way to one owner.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <returns>A channel for the owner's registration. It reaches whatever process offers the owner when a call is made.</returns>
    public IOwnerChannel Of(SecureId owner) => new RemotePlanner(this, owner);

    /// <summary>The newest process that offers an owner is the one that is asked.</summary>
    internal void Add(SecureId owner, IOwnerClient process) => _offered[owner] = process;

    internal void Remove(SecureId owner, IOwnerClient process) => _offered.TryRemove(new KeyValuePair<SecureId, IOwnerClient>(owner, process));

    internal IOwnerClient? Find(SecureId owner) => _offered.GetValueOrDefault(owner);
}
