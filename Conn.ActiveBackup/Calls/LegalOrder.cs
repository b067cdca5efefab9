
namespace Conn.ActiveBackup.Calls;

/// <summary>The layer that passes on only calls inside the legal order. Both sides of a connection have one, so that neither trusts the other.</summary>
/// <remarks>
/// A call outside the order, or one that comes while another runs, is answered with a failure that carries an <see cref="OrderRefusal"/>. A legal one is passed
/// on, and its result moves the drives; Terminate moves them before it is passed on, because it may come while another call runs. Any thread.
/// </remarks>
public sealed class LegalOrder : IOwnerChannel
{
    private readonly Lock _lock = new(); // guards the members of Order, and _isBusy
    private readonly IOwnerChannel _inner;
    private readonly Func<DataOwnerStatus> _status;
    private bool _isBusy;

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
        if (!Enum.IsDefined(call.Kind))
        {
            return OwnerCallResult.Failed(ErrorCode.NotSupported, $"There is no call with the number {(int)call.Kind}; one side is older than the other, update it.");
        }

        if (call.Kind == OwnerCallKind.KeepAlive)
        {
            return await _inner.InvokeAsync(call, cancellationToken);
        }

        if (OwnerCallRules.Of(call.Kind).Span == CallSpan.Everything)
        {
            lock (_lock)
            {
                Order.Move(Order.Concerned(call), call.Kind, CallEnding.Done);
            }

            return await _inner.InvokeAsync(call, cancellationToken);
        }

        if (Enter(call, out IReadOnlyList<DriveKey> concerned) is { } refusal)
        {
            return new OwnerCallResult { Failure = new OwnerCallFailure(ErrorCode.NotReady, refusal.ToString()) { Refusal = refusal } };
        }

        OwnerCallResult result;
        try
        {
            result = await _inner.InvokeAsync(call, cancellationToken);
        }
        catch
        {
            Leave(concerned, call.Kind, CallEnding.Failed);
            throw;
        }

        Leave(concerned, call.Kind, OwnerCallRules.Of(call.Kind).EndingOf(call, result));
        return result;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private void Leave(IReadOnlyList<DriveKey> concerned, OwnerCallKind call, CallEnding ending)
    {
        lock (_lock)
        {
            _isBusy = false;
            Order.Move(concerned, call, ending);
        }
    }

    /// <summary>Admits a call, or says why not. A call that is legal by the table is refused while another one runs.</summary>
    private OrderRefusal? Enter(in OwnerCall call, out IReadOnlyList<DriveKey> concerned)
    {
        lock (_lock)
        {
            if (call.Kind == OwnerCallKind.Begin && !_isBusy)
            {
                Order.Begin(call.Mode.Mode.IsRestore, call.Mode.Drives);
            }

            concerned = Order.Concerned(call);
            OrderRefusal? refusal = Order.Refuse(call, concerned, _status()) ?? (_isBusy ? Order.Refusal(call, call.Key, RefusalReason.Busy) : null);
            _isBusy |= refusal is null;
            return refusal;
        }
    }
}
