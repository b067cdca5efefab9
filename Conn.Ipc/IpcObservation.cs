using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>One observer of one property in another process. It joins the replica as soon as the replica has the property, before any later change is applied.</summary>
internal sealed class IpcObservation(
    IpcPropertyClient client, PropertyName name, IObservable<PropertyChange> local, SubscriptionKind kind, IObserver<PropertyChange> observer)
    : IObserver<PropertyChange>, IDisposable, IAsyncDisposable
{
    private readonly Lock _lock = new(); // guards _inner and _left
    private readonly BusHold _hold = new(client, name);
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IDisposable? _inner;
    private bool _joining;
    private bool _left;

    /// <summary>Observes, or asks the server for the property first.</summary>
    public void Begin()
    {
        BusConnection connection = client.Connection;
        connection.Joins(_joined.Task);
        connection.Holds.Report(_hold, kind);
        bool known = connection.Holds.Add(_hold, Join);
        _ = AttachAsync(known);
    }

    public void OnNext(PropertyChange value) => observer.OnNext(value);

    public void OnError(Exception error)
    {
        Leave();
        observer.OnError(error);
    }

    public void OnCompleted()
    {
        Leave();
        observer.OnCompleted();
    }

    public void Dispose() => Leave()?.Dispose();

    public ValueTask DisposeAsync()
    {
        // It throws inside a call of the observer, so it comes before the observation is left.
        Task? over = _inner is IAsyncDisposable waiting ? waiting.DisposeAsync().AsTask() : null;
        Leave();
        bool joining;
        lock (_lock)
        {
            // Read after leaving: it joins the replica no more, so a join that had begun is the only one to wait for.
            joining = _joining;
        }

        return over is not null ? new ValueTask(over) : joining ? new ValueTask(JoinedThenOverAsync()) : default;
    }

    private async Task JoinedThenOverAsync()
    {
        await _joined.Task;
        if (_inner is IAsyncDisposable waiting)
        {
            await waiting.DisposeAsync();
        }
    }

    private async Task AttachAsync(bool known)
    {
        try
        {
            await client.Connection.Holds.AttachAsync(_hold);
        }
        catch (ConnException e)
        {
            if (!known)
            {
                _joined.TrySetResult();
                Leave();
                observer.OnError(e);
            }
        }
    }

    private void Join()
    {
        lock (_lock)
        {
            if (_left)
            {
                return;
            }

            _joining = true;
        }

        try
        {
            IDisposable inner = local.Subscribe(this);
            bool late;
            lock (_lock)
            {
                late = _left;
                _inner = inner;
            }

            if (late)
            {
                inner.Dispose();
            }
        }
        catch (ObjectDisposedException)
        {
            // The client or the store was closed first.
            OnCompleted();
        }
        finally
        {
            _joined.TrySetResult();
        }
    }

    private IDisposable? Leave()
    {
        bool joining;
        lock (_lock)
        {
            if (_left)
            {
                return _inner;
            }

            _left = true;
            joining = _joining;
        }

        if (!joining)
        {
            _joined.TrySetResult();
        }

        client.Connection.Holds.Remove(_hold);
        return _inner;
    }
}
