using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>One owner in another process that may be asked outside of operations, at the server.</summary>
internal sealed class PlanServing(IpcPlanners? planners, IOwnerGateway? gateway, UserShare share, RefusedOwners refused, Action<string> log)
    : IPlanServer, IDisposable
{
    private readonly Lock _lock = new(); // guards _owner and _isOver
    private SecureId? _owner;
    private bool _isOver;

    /// <summary>The other side; set before the first call.</summary>
    public IOwnerClient Peer { get; set; } = null!;

    /// <summary>The same side; set before the first call.</summary>
    public IPlanClient Program { get; set; } = null!;

    public async Task OfferAsync(uint secureId, string? name, string[]? places, CancellationToken cancellationToken)
    {
        SecureId sid = new(secureId);
        string[] stated = WireChecks.Stated(places);
        await refused.DuringAsync(share.Peer, sid, name, () => RequireKnown(sid, name));
        lock (_lock)
        {
            if (_owner is not null || _isOver)
            {
                throw new ConnException(ErrorCode.NotReady, "A connection is for one owner, which is offered once.");
            }

            _owner = sid;
            planners?.Add(sid, Peer);
            if (share.Grant.MayStatePlaces)
            {
                planners?.FindPlaces(sid)?.State(stated, Program);
                return;
            }
        }

        if (stated.Length > 0 && planners?.FindPlaces(sid) is not null)
        {
            log($"{share.Peer} offers owner {RefusedOwners.Printable(name) ?? $"{sid}"} with places that do not count, because its user may not state any. "
                + "The other owners do not leave them out.");
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            if (_owner is { } sid)
            {
                planners?.Remove(sid, Peer);
                planners?.FindPlaces(sid)?.Leave(Program);
            }
        }
    }

    private Task RequireKnown(SecureId sid, string? name)
    {
        share.RequireOwner(sid);
        return gateway?.IsRegistered(sid) == false
            ? throw new ConnException(ErrorCode.NotFound, $"Owner {(name is null ? sid : $"{name} ({sid})")} is none of this host's owners.")
            : Task.CompletedTask;
    }
}
