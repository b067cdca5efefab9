namespace Conn.Engine.Reports;

/// <summary>Who hears of progress: each is called on its own, one that throws is dropped and counted, and the others hear everything. Any thread subscribes.</summary>
internal sealed class ProgressObservers : IObservable<OperationProgress>, IDisposable
{
    private readonly Lock _gate = new(); // guards _subscriptions, _failures and _disposed
    private Subscription[] _subscriptions = [];
    private int _failures;
    private bool _disposed;

    public int Failures
    {
        get
        {
            lock (_gate)
            {
                return _failures;
            }
        }
    }

    public IDisposable Subscribe(IObserver<OperationProgress> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        Subscription subscription = new(this, observer);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Tells everyone who listens now; never throws.</summary>
    public void Tell(OperationProgress progress)
    {
        Subscription[] present;
        lock (_gate)
        {
            present = _subscriptions;
        }

        foreach (Subscription subscription in present)
        {
            try
            {
                subscription.Observer?.OnNext(progress);
            }
#pragma warning disable CA1031 // An observer's failure must not become the operation's; it is counted.
            catch (Exception)
#pragma warning restore CA1031
            {
                subscription.Dispose();
                lock (_gate)
                {
                    _failures++;
                }
            }
        }
    }

    /// <summary>Nobody is told anything any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _subscriptions = [];
        }
    }

    /// <summary>One observer; null in it once it is disposed or dropped.</summary>
    private sealed class Subscription(ProgressObservers all, IObserver<OperationProgress> observer) : IDisposable
    {
        public IObserver<OperationProgress>? Observer { get; private set; } = observer;

        public void Dispose()
        {
            lock (all._gate)
            {
                Observer = null;
                all._subscriptions = [.. all._subscriptions.Where(s => s != this)];
            }
        }
    }
}
