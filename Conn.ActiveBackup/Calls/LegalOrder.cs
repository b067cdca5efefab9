using Conn.ActiveBackup.Contract;

namespace Conn.ActiveBackup.Calls;

/// <summary>The layer that passes on only calls inside the legal order. Both sides of a connection have one, so that neither trusts the other.</summary>
/// <remarks>
/// A call outside the order is answered with a failure that carries an <see cref="OrderRefusal"/>. A legal one is passed on, and its result moves the
/// drives; Terminate moves them before it is passed on, because it may come while another call runs. Any thread.
/// </remarks>
public sealed class LegalOrder : IOwnerChannel
{
    private readonly Lock _lock = new(); // guards the members of Order
    private readonly IOwnerChannel _inner;
    private readonly Func<DataOwnerStatus> _status;

    /// <summary>Puts the order before a channel. Before <see cref="OwnerCallKind.Begin"/> only calls of the owner as a whole are legal.</summary>
    /// <param name="inner">Where legal calls go; disposed with this layer.</param>
    /// <param name="owner">The owner's name, for refusals.</param>
    /// <param name="status">Gives the owner's readiness at each call; called under a lock, so it must not wait.</param>
    public LegalOrder(IOwnerChannel inner, string owner, Func<DataOwnerStatus> status)
    {
        _inner = inner;
        _status = status;
        Order = new OwnerOrder(owner);
    }

    /// <summary>The current state of the order. Read it only where no call can complete at the same time.</summary>
    public OwnerOrder Order { get; }

    /// <inheritdoc/>
    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        IReadOnlyList<DriveKey> concerned;
        lock (_lock)
        {
            if (call.Kind == OwnerCallKind.Begin)
            {
                Order.Begin(call.Mode.Mode.IsRestore, call.Mode.Drives);
            }

            concerned = Order.Concerned(call);
            if (Order.Refuse(call, concerned, _status()) is { } refusal)
            {
                return new OwnerCallResult { Failure = new OwnerCallFailure(PubSub.ErrorCode.NotReady, refusal.ToString()) { Refusal = refusal } };
            }

            if (OwnerCallRules.Of(call.Kind).Span == CallSpan.Everything)
            {
                Order.Move(concerned, call.Kind, CallEnding.Done);
                concerned = [];
            }
        }

        OwnerCallResult result = await _inner.InvokeAsync(call, cancellationToken);
        if (concerned.Count > 0)
        {
            lock (_lock)
            {
                Order.Move(concerned, call.Kind, OwnerCallRules.Of(call.Kind).EndingOf(call, result));
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
