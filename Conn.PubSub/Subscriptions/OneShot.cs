using System.Threading.Tasks.Sources;
using Conn.PubSub.Core;
using Conn.PubSub.Security;

namespace Conn.PubSub.Subscriptions;

/// <summary>
/// The subscription slot of a handle. Invariant: each Begin is followed by exactly one Complete, and it is linked exactly while outstanding. All state is guarded by the
/// store's lock; the code after the await runs outside it.
/// </summary>
internal sealed class OneShot(StoreCore core, ClientIdentity identity) : OneShotLink, IValueTaskSource<ErrorCode>, IThreadPoolWorkItem
{
    private Resumption _resumption;
    private SynchronizationContext? _context;
    private CancellationToken _cancelledBy;
    private CancellationTokenRegistration _registration;
    private ErrorCode _result;
    private short _token;
    private bool _outstanding;
    private bool _completed;
    private bool _awaited;

    public ClientIdentity Identity => identity;

    /// <summary>The code of a batch in the completion queue; on its first subscription only.</summary>
    public ErrorCode? BatchCode { get; set; }

    /// <summary>Whether a subscription waits for its completion. Under the lock.</summary>
    public bool IsOutstanding => _outstanding;

    /// <summary>Starts a subscription; the caller links it. Under the lock.</summary>
    public short Begin()
    {
        if (_outstanding)
        {
            throw new InvalidOperationException("A subscription is outstanding on this handle, which has one slot: await it, cancel it, or attach another handle.");
        }

        if (_awaited)
        {
            throw new InvalidOperationException(
                "The completion of this handle's last subscription was not yet taken by its await: subscribe after that await, or attach another handle.");
        }

        // Of a subscription that was never awaited.
        _registration.Unregister();
        (_outstanding, _completed, _cancelledBy, _registration) = (true, false, default, default);
        return ++_token;
    }

    /// <summary>Completes an outstanding subscription. Under the lock.</summary>
    /// <returns>True when the caller must post this object afterwards.</returns>
    public bool Complete(ErrorCode code)
    {
        Unlink();
        BatchCode = null;
        _outstanding = false;
        _completed = true;
        _result = code;
        return _resumption.Continuation is not null;
    }

    /// <summary>Completes with Cancel, when outstanding, in whatever list it is. Under the lock.</summary>
    /// <returns>True when the caller must post this object afterwards.</returns>
    public bool TryCancel()
    {
        if (!_outstanding)
        {
            return false;
        }

        // The rest of the batch still needs its code.
        if (BatchCode is { } code && Next is OneShot { BatchCode: null } heir)
        {
            heir.BatchCode = code;
        }

        return Complete(ErrorCode.Cancel);
    }

    /// <summary>Cancels the subscription with that token when the cancellation token is cancelled. Outside the lock.</summary>
    public void CancelWith(short token, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            return;
        }

        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, cancelled) => ((Cancellation)state!).Cancel(cancelled), new Cancellation(this, token));
        lock (core.Lock)
        {
            if (_token == token)
            {
                _registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        lock (core.Lock)
        {
            Check(token);
            return !_completed ? ValueTaskSourceStatus.Pending
                : _cancelledBy.IsCancellationRequested ? ValueTaskSourceStatus.Canceled
                : ValueTaskSourceStatus.Succeeded;
        }
    }

    public ErrorCode GetResult(short token)
    {
        CancellationToken cancelled;
        ErrorCode result;
        CancellationTokenRegistration registration;
        lock (core.Lock)
        {
            Check(token);
            if (!_completed)
            {
                throw new InvalidOperationException("The subscription is outstanding: await it.");
            }

            _completed = false;
            _awaited = false;
            _token++;
            (cancelled, result) = (_cancelledBy, _result);
            (registration, _registration) = (_registration, default);
        }

        registration.Unregister();
        return cancelled.IsCancellationRequested ? throw new OperationCanceledException(cancelled) : result;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        bool post;
        lock (core.Lock)
        {
            Check(token);
            if (_awaited)
            {
                throw new InvalidOperationException("A subscription is awaited once.");
            }

            _awaited = true;
            _resumption = new Resumption(
                continuation, state, (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null);
            _context = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 ? SynchronizationContext.Current : null;
            post = _completed;
        }

        if (post)
        {
            core.DefaultDispatcher.PostSurely(this);
        }
    }

    /// <summary>Runs the code after the await; on the scheduler, outside every lock.</summary>
    public void Execute()
    {
        Resumption resumption;
        SynchronizationContext? context;
        lock (core.Lock)
        {
            (resumption, context) = (_resumption, _context);
            (_resumption, _context) = (default, null);
        }

        try
        {
            if (context is not null)
            {
                context.Post(static s => ((Resumption)s!).Run(), resumption);
            }
            else
            {
                resumption.Run();
            }
        }
#pragma warning disable CA1031 // The code after one await must not stop the completions of others; the exception is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            core.Report(exception);
        }
    }

    private void Check(short token)
    {
        if (token != _token)
        {
            throw new InvalidOperationException("The completion of this subscription was already taken.");
        }
    }

    private void Cancel(short token, CancellationToken cancelled)
    {
        bool awaited = false;
        lock (core.Lock)
        {
            if (_token == token && _outstanding)
            {
                _cancelledBy = cancelled;
                awaited = TryCancel();
            }
        }

        if (awaited)
        {
            core.DefaultDispatcher.PostSurely(this);
        }
    }

    /// <summary>One subscription of the slot, for a cancellation token.</summary>
    private sealed record Cancellation(OneShot Slot, short Token)
    {
        public void Cancel(CancellationToken cancelled) => Slot.Cancel(Token, cancelled);
    }
}
