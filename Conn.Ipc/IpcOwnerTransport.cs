using System.Net.Sockets;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>Connects the data owners of this process to the engine of a server, over a Unix domain socket. Each session has connections of its own.</summary>
/// <remarks>
/// When the server is lost, requests fail with <see cref="ErrorCode.ServerTerminated"/>, and the owner stays prepared until its lease expires. Any thread.
/// </remarks>
public sealed class IpcOwnerTransport : IActiveBackupTransport
{
    private readonly IpcClientOptions _options;

    /// <summary>Makes a transport. It connects when an owner does.</summary>
    /// <param name="options">Where the server is; null for the defaults.</param>
    public IpcOwnerTransport(IpcClientOptions? options = null) => _options = options ?? new IpcClientOptions();

    /// <inheritdoc/>
    public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);

        // Not in the context of the caller, which may be blocked or slow.
        return new(Task.Run(() => OpenAsync(connection, cancellationToken), cancellationToken));
    }

    /// <summary>Lets the engine ask an owner outside of operations, as long as the connection lasts: for <see cref="IRestorePlan"/>, and whether its data can be read.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <param name="name">The owner's name, for whoever does not know its id; null for none.</param>
    /// <param name="planner">The way to the owner: <see cref="DataOwnerParticipant.Planner"/>. It is not disposed.</param>
    /// <param name="places">The owner's places, which are stated once: other owners of the server leave them out, if the server lets this user state places
    /// (<see cref="IpcGrant.MayStatePlaces"/>). It is given the places of others when they have changed, before it is called, on any thread. Null, the default, for
    /// an owner without places.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Ends it when disposed. After a lost connection make another one.</returns>
    /// <exception cref="ConnException">NotFound: no server listens there, or its engine has no such owner. AccessDenied or PermissionDenied: the server refuses this
    /// user, or that it is this owner. Argument or TooBig: a place is no absolute path, or there are more than 64. ServerTerminated: the connection was lost.
    /// TimedOut: the server did not answer in time.</exception>
    public async Task<IAsyncDisposable> OfferPlannerAsync(
        SecureId owner, string? name, IOwnerChannel planner, IOwnedPlaces? places = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(planner);
        WireRpc rpc = new(await ClientSocket.ConnectAsync(_options, Purpose.Plans, default, cancellationToken).ConfigureAwait(false));
        OwnerCalls calls = new(planner);
        rpc.Serve<IOwnerClient>(calls);
        rpc.Serve<IPlanClient>(new PlacesOfOthers(places));
        rpc.Disconnected += (_, _) => calls.Lose();
        IPlanServer server = rpc.Library.Attach<IPlanServer>();
        rpc.StartListening();
        try
        {
            await server.OfferAsync(owner.Value, name, places is null ? null : [.. places.Places], cancellationToken).ConfigureAwait(false);
            return new PlannerOffer(rpc);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            rpc.Dispose();
            throw WireRpc.Translate(e);
        }
        catch
        {
            rpc.Dispose();
            throw;
        }
    }

    private async Task<IEngineSession> OpenAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        Stream stream = await ClientSocket.ConnectAsync(_options, Purpose.Owner, default, cancellationToken);
        WireRpc rpc = new(stream);
        OwnerCalls calls = new(connection.Channel);
        rpc.Serve<IOwnerClient>(calls);
        rpc.Quick.Target = calls;
        IOwnerServer server = rpc.Library.Attach<IOwnerServer>();
        rpc.StartListening();
        try
        {
            byte[] token = await server.PrepareAsync(cancellationToken);
            Stream second = await ClientSocket.ConnectAsync(_options, Purpose.Sections, token, cancellationToken);
            SectionPipe sections = calls.Sections = new SectionPipe(second);
            rpc.Disconnected += (_, _) =>
            {
                sections.Dispose();
                calls.Lose();
            };
            calls.Blocks = await TryShareAsync(server, connection.Owner, second, cancellationToken);
            await server.ConnectAsync(
                new WireOwner(connection.Owner.Value, connection.HasCallbacks, connection.Lease.Ticks, calls.Blocks is not null, connection.Name), cancellationToken);
            return new IpcEngineSession(rpc, server);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            rpc.Dispose();
            throw WireRpc.Translate(e);
        }
        catch
        {
            rpc.Dispose();
            throw;
        }
    }

    /// <summary>Asks for memory to share. Not at systems without it, and an older server does not know the question: sections go through the connection then.</summary>
    private static async Task<SharedBlocks?> TryShareAsync(IOwnerServer server, SecureId owner, Stream sections, CancellationToken cancellationToken)
    {
        if (!SharedMemory.IsSupported || sections is not NetworkStream { Socket: { } socket })
        {
            return null;
        }

        try
        {
            await server.ShareAsync(owner.Value, cancellationToken);
        }
        catch (RemoteInvocationException e) when (e.ErrorCode == ErrorCode.NotSupported.Value)
        {
            return null;
        }

        // It was sent before the answer, so it is there.
        return SharedBlocks.TryReceive(socket);
    }
}
