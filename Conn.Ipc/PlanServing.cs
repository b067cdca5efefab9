using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>One owner in another process that may be asked outside of operations, at the server.</summary>
internal sealed class PlanServing(IpcPlanners? planners, UserShare share) : IPlanServer, IDisposable
{
    private readonly Lock _lock = new(); // guards _owner and _isOver
    private SecureId? _owner;
    private bool _isOver;

    /// <summary>The other side; set before the first call.</summary>
    public IOwnerClient Peer { get; set; } = null!;

    public Task OfferAsync(uint secureId, CancellationToken cancellationToken)
    {
        SecureId sid = new(secureId);
        share.RequireOwner(sid);
        lock (_lock)
        {
            if (_owner is not null || _isOver)
            {
                throw new ConnException(ErrorCode.NotReady, "A connection is for one owner, which is offered once.");
            }

            _owner = sid;
            planners?.Add(sid, Peer);
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            if (_owner is { } sid)
            {
                planners?.Remove(sid, Peer);
            }
        }
    }
}
