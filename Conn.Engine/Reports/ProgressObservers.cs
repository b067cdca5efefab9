using Conn.Engine.Loop;

namespace Conn.Engine.Reports;

/// <summary>The observers of progress: each is called on its own; one that throws is removed and reported, and the others hear everything. Any thread
/// subscribes.</summary>
internal sealed class ProgressObservers(EngineFaults faults) : IObservable<OperationProgress>, IDisposable
{
    private readonly Lock _lock = new(); // guards _subscriptions and _disposed
    private Subscription[] _subscriptions = [];
    private bool _disposed;

    public IDisposable Subscribe(IObserver<OperationProgress> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        Subscription subscription = new(this, observer);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Notifies every current observer. Never throws.</summary>
    public void Notify(OperationProgress progress)
    {
        Subscription[] current;
        lock (_lock)
        {
            current = _subscriptions;
        }

        foreach (Subscription subscription in current)
        {
            if (subscription.Observer is { } observer && !faults.Guard(() => observer.OnNext(progress)))
            {
                subscription.Dispose();
            }
        }
    }

    /// <summary>Ends all subscriptions; nothing is notified any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _subscriptions = [];
        }
    }

    /// <summary>One observer; null in it once it is disposed or removed.</summary>
    private sealed class Subscription(ProgressObservers all, IObserver<OperationProgress> observer) : IDisposable
    {
        public IObserver<OperationProgress>? Observer { get; private set; } = observer;

        public void Dispose()
        {
            lock (all._lock)
            {
                Observer = null;
                all._subscriptions = [.. all._subscriptions.Where(s => s != this)];
            }
        }
    }
}
