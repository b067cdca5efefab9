using System.Collections.Concurrent;

namespace Conn.Ipc;

/// <summary>What happens to a connection before it is served: who it is, what it wants, and whether it may.</summary>
/// <param name="options">What is served, and to whom.</param>
/// <param name="waiting">The owner sessions whose connection for sections has not come, by their tokens.</param>
/// <param name="stopping">The end of the server.</param>
internal sealed class ServerDoor(IpcServerOptions options, ConcurrentDictionary<Guid, OwnerServing> waiting, CancellationToken stopping)
{
    private const int MaxGreetingsOfStrangers = 16;

    private readonly ConcurrentDictionary<uint, UserCounts> _users = [];

    /// <summary>Reads what a peer wants.</summary>
    /// <exception cref="ConnException">It is refused, and was told so.</exception>
    public async Task<(Purpose Purpose, byte[] Token, UserShare Share)> GreetAsync(IpcPeer peer, Stream stream)
    {
        // Before it has said anything: who opens connections and stays silent must not use up those of others.
        UserCounts counts = _users.GetOrAdd(peer.User, static _ => new UserCounts());
        IpcGrant? granted = options.Identities.Find(peer);
        if (!counts.TryGreet(granted?.MaxConnections ?? MaxGreetingsOfStrangers))
        {
            throw new ConnException(ErrorCode.TooBig, $"{peer} was disconnected: too many connections of its user have not said what they are for.");
        }

        try
        {
            (Purpose purpose, byte[] token) = await Deadline.RunAsync(
                t => Hello.ReadAsync(stream, t), options.HandshakeTimeout, options.TimeProvider, $"The greeting of {peer}", stopping);
            IpcGrant grant = granted ?? throw new ConnException(ErrorCode.AccessDenied, $"User {peer.User} may not use this server: its identities do not name that user.");
            return purpose switch
            {
                Purpose.Bus when options.Store is null => throw new ConnException(ErrorCode.NotSupported, "The server has no state bus."),
                Purpose.Requests when options.Requests is null => throw new ConnException(ErrorCode.NotSupported, "The server answers no requests."),
                Purpose.Requests when !grant.MayRequest =>
                    throw new ConnException(ErrorCode.PermissionDenied, $"User {peer.User} may not ask this server for anything."),
                Purpose.Bus or Purpose.Owner or Purpose.Sections or Purpose.Requests or Purpose.Plans => (purpose, token, new UserShare(peer, grant, counts)),
                _ => throw new ConnException(ErrorCode.NotSupported, $"The server does not know the purpose {(int)purpose} of a connection."),
            };
        }
        catch (ConnException e)
        {
            await RefuseAsync(stream, e);
            throw new ConnException(e.Code, $"{peer} was refused: {e.Message}");
        }
        finally
        {
            counts.EndGreeting();
        }
    }

    /// <summary>Gives a connection to the owner session whose sections it carries.</summary>
    /// <exception cref="ConnException">It is refused, and was told so.</exception>
    public async Task AdoptAsync(IpcPeer peer, Stream stream, byte[] token)
    {
        if (!waiting.TryGetValue(new Guid(token), out OwnerServing? session) || session.Owner.User != peer.User)
        {
            ConnException refusal = new(ErrorCode.PermissionDenied, "The token names no session of this user.");
            await RefuseAsync(stream, refusal);
            throw new ConnException(refusal.Code, $"{peer} was refused: {refusal.Message}");
        }

        // Before the answer: the client uses it as soon as it has the answer.
        if (!session.TryAdopt(stream))
        {
            ConnException refusal = new(ErrorCode.InUse, "The session has its connection for sections, or has ended.");
            await RefuseAsync(stream, refusal);
            throw new ConnException(refusal.Code, $"{peer} was refused: {refusal.Message}");
        }

        await AcceptAsync(stream);
    }

    /// <summary>Counts a connection for its user.</summary>
    /// <exception cref="ConnException">TooBig: the user has its share, and was told so.</exception>
    public async Task TakeAsync(UserShare share, Stream stream)
    {
        try
        {
            share.Take(Share.Connections);
        }
        catch (ConnException e)
        {
            await RefuseAsync(stream, e);
            throw;
        }
    }

    /// <summary>Tells a peer that it is served.</summary>
    public async Task AcceptAsync(Stream stream) => await Hello.AnswerAsync(stream, ErrorCode.Success, 0, "", stopping);

    private async Task RefuseAsync(Stream stream, ConnException refusal) => await Deadline.RunAsync(
        async t =>
        {
            await Hello.AnswerAsync(stream, refusal.Code, 0, refusal.Message, t);
            return true;
        },
        options.HandshakeTimeout, options.TimeProvider, "Refusing a connection", stopping);
}
