using System.Threading.Tasks.Sources;
using Conn.PubSub.Security;

namespace Conn.PubSub.Subscriptions;

/// <summary>
/// Invariant: each Begin is followed by exactly one Complete, and linked exactly while outstanding. All state is guarded by the
/// store's gate; a continuation is posted by whoever completed and runs outside it.
/// </summary>
internal sealed class OneShot(PropertyStore store, ClientIdentity identity) : OneShotLink, IValueTaskSource<ErrorCode>, IThreadPoolWorkItem
{
    private Action<object?>? _continuation;
    private object? _continuationState;
    private SynchronizationContext? _context;
    private ExecutionContext? _flow;
    private ErrorCode _result;
    private short _token;
    private bool _outstanding;
    private bool _completed;
    private bool _awaited;

    public ClientIdentity Identity => identity;

    /// <summary>With the first of a batch in the completion queue: what the batch completes with.</summary>
    public ErrorCode? BatchCode { get; set; }

    /// <summary>Starts a subscription; the caller links it. Under the gate.</summary>
    public short Begin()
    {
        if (_outstanding)
        {
            throw new InvalidOperationException(
                "A subscription is outstanding on this handle, which has one slot: await it, cancel it, or attach another handle.");
        }

        if (_awaited)
        {
            throw new InvalidOperationException(
                "The completion of this handle's last subscription was not yet taken by who awaits it: subscribe after that await, or attach another handle.");
        }

        _outstanding = true;
        _completed = false;
        return ++_token;
    }

    /// <summary>Completes an outstanding subscription. Under the gate. True when the caller has to post this object afterwards.</summary>
    public bool Complete(ErrorCode code)
    {
        Unlink();
        BatchCode = null;
        _outstanding = false;
        _completed = true;
        _result = code;
        return _continuation is not null;
    }

    /// <summary>Completes with Cancel, when outstanding, wherever it is linked. Under the gate. True when the caller has to post.</summary>
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

    public ValueTaskSourceStatus GetStatus(short token)
    {
        using (store.Gate.Take())
        {
            Check(token);
            return _completed ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
        }
    }

    public ErrorCode GetResult(short token)
    {
        using (store.Gate.Take())
        {
            Check(token);
            if (!_completed)
            {
                throw new InvalidOperationException("The subscription is outstanding: await it.");
            }

            _completed = false;
            _awaited = false;
            _token++;
            return _result;
        }
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        bool post;
        using (store.Gate.Take())
        {
            Check(token);
            if (_awaited)
            {
                throw new InvalidOperationException("A subscription is awaited at most once.");
            }

            _awaited = true;
            _continuation = continuation;
            _continuationState = state;
            _context = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 ? SynchronizationContext.Current : null;
            _flow = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
            post = _completed;
        }

        if (post)
        {
            store.DefaultDispatcher.PostSurely(this);
        }
    }

    /// <summary>Runs the continuation; on the scheduler, outside every lock.</summary>
    public void Execute()
    {
        Action<object?> continuation;
        object? state;
        SynchronizationContext? context;
        ExecutionContext? flow;
        using (store.Gate.Take())
        {
            continuation = _continuation!;
            state = _continuationState;
            context = _context;
            flow = _flow;
            _continuation = null;
            _continuationState = null;
            _context = null;
            _flow = null;
        }

        var resumption = new Resumption(continuation, state, flow);
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
#pragma warning disable CA1031 // What waits for one subscription must not stop the completions of others; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            store.Report(exception);
        }
    }

    private void Check(short token)
    {
        if (token != _token)
        {
            throw new InvalidOperationException("This subscription's completion was already taken.");
        }
    }
}
