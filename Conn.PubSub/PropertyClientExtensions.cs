using System.Runtime.CompilerServices;
using Conn.PubSub.Delivering;

namespace Conn.PubSub;

/// <summary>Waits, updates, <c>await foreach</c> and the stream of the host's mode, for the client of any store.</summary>
public static class PropertyClientExtensions
{
    /// <summary>Gets the stream of the host's backup-or-restore mode, the current one first.</summary>
    /// <param name="client">The client that observes.</param>
    /// <param name="options">How observers are called; null for the latest element, on the store's scheduler.</param>
    /// <returns>As <see cref="IPropertyClient.Observe"/>. While the key is undefined the mode is <see cref="BurMode.Unset"/>. The same mode may come twice.</returns>
    public static IObservable<BurMode> ObserveBurMode(this IPropertyClient client, ObserveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new ProjectedObservable<BurMode>(client.Observe(SystemProperties.BackupRestoreKey, options), static c => BurMode.FromValue(c.Value ?? 0));
    }

    /// <summary>Waits until the property has another revision than the one last seen: no publish is missed between reading and waiting.</summary>
    /// <param name="client">The client that waits.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="seen">The revision last seen; <see cref="Revision.None"/> waits for any publish.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state that was found: a value, or that the property was deleted or is not defined.</returns>
    /// <exception cref="ConnException">PermissionDenied: the read policy refuses. Cancel: the store or the client ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<PropertyChange> WaitForChangeAsync(
        this IPropertyClient client, PropertyName name, Revision seen, CancellationToken cancellationToken = default) =>
        client.WaitForAsync(name, c => c.Revision != seen, cancellationToken);

    /// <summary>Waits until the property satisfies a condition; completes at once when it does now.</summary>
    /// <param name="client">The client that waits.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="condition">Called with the current state, then with newer ones, on the store's scheduler. A state that was replaced meanwhile may be skipped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first state found that satisfies the condition.</returns>
    /// <exception cref="ConnException">PermissionDenied: the read policy refuses. Cancel: the store or the client ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<PropertyChange> WaitForAsync(
        this IPropertyClient client, PropertyName name, Func<PropertyChange, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(condition);
        var wait = new Wait(name, condition);
        using IDisposable subscription = client.Observe(name).Subscribe(wait);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (w, t) => ((Wait)w!).Cancel(t), wait);
        return await wait.Found;
    }

    /// <summary>Publishes what a function makes of the current integer; calls it again when another client published in between.</summary>
    /// <param name="property">A handle on an integer property.</param>
    /// <param name="change">Makes the new value of the current one; may be called several times; called outside every lock.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The code, as for a read and then as for a publish; the value that was published; the revision of this publish.</returns>
    public static async ValueTask<(ErrorCode Code, int Value, Revision Revision)> TryUpdateAsync(
        this IProperty property, Func<int, int> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(property);
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            ErrorCode code = property.TryGet(out int current, out Revision seen);
            if (!code.IsSuccess)
            {
                return (code, 0, Revision.None);
            }

            int next = change(current);
            PublishResult result = await property.TryCompareAndSetAsync(next, seen, cancellationToken);
            if (result.Code != ErrorCode.Changed)
            {
                return (result.Code, result.Code.IsSuccess ? next : 0, result.Revision);
            }
        }
    }

    /// <summary>Gets the stream of a property for <c>await foreach</c>: the current value first, then newer elements.</summary>
    /// <param name="client">The client that observes.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="options">Null: the latest element waits for the enumerator. With buffered delivery, as many elements as its capacity wait; an element carries the
    /// number of those that were dropped before it.</param>
    /// <param name="cancellationToken">Ends the enumeration by an exception.</param>
    /// <returns>A stream that begins with the first MoveNext and ends when the store or the client is disposed.</returns>
    /// <exception cref="ConnException">PermissionDenied: the read policy refuses.</exception>
    /// <exception cref="ArgumentException">The delivery is inline, or an option is out of range.</exception>
    public static async IAsyncEnumerable<PropertyChange> ObserveAsync(
        this IPropertyClient client, PropertyName name, ObserveOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (options is { Delivery: Delivery.Inline })
        {
            throw new ArgumentException("Inline delivery does not apply to an enumeration, which runs on the enumerator's thread.", nameof(options));
        }

        var pull = new Pull(Math.Max(1, options?.Capacity ?? 0));
        using IDisposable subscription = client.Observe(name, options).Subscribe(pull);
        while (await pull.WaitAsync(cancellationToken))
        {
            while (pull.TryTake(out PropertyChange change))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return change;
            }
        }
    }

    /// <summary>Completes once.</summary>
    private sealed class Wait(PropertyName name, Func<PropertyChange, bool> condition) : IObserver<PropertyChange>
    {
        private readonly TaskCompletionSource<PropertyChange> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<PropertyChange> Found => _found.Task;

        public void Cancel(CancellationToken token) => _found.TrySetCanceled(token);

        public void OnCompleted() => _found.TrySetException(new ConnException(ErrorCode.Cancel, $"The store or the client ended while {name} was waited for."));

        public void OnError(Exception error) => _found.TrySetException(error);

        public void OnNext(PropertyChange value)
        {
            try
            {
                if (!_found.Task.IsCompleted && condition(value))
                {
                    _found.TrySetResult(value);
                }
            }
#pragma warning disable CA1031 // The condition belongs to the waiting code, which gets the exception.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _found.TrySetException(exception);
            }
        }
    }

    /// <summary>A bounded queue: the oldest element is dropped, and counted with those that the store dropped.</summary>
#pragma warning disable CA1001 // The semaphore has no handle as long as only WaitAsync is used, and a call may still come after the end of the enumeration.
    private sealed class Pull(int capacity) : IObserver<PropertyChange>
#pragma warning restore CA1001
    {
        private readonly Lock _lock = new();
        private readonly Queue<PropertyChange> _elements = new();
        private readonly SemaphoreSlim _news = new(0, 1);
        private long _dropped;
        private bool _isOver;
        private Exception? _error;

        /// <summary>Completes when there is an element, or with false at the end.</summary>
        public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                lock (_lock)
                {
                    if (_elements.Count > 0)
                    {
                        return true;
                    }

                    if (_isOver)
                    {
                        return _error is not null ? throw _error : false;
                    }
                }

                await _news.WaitAsync(cancellationToken);
            }
        }

        public bool TryTake(out PropertyChange change)
        {
            lock (_lock)
            {
                if (!_elements.TryDequeue(out change))
                {
                    return false;
                }

                if (capacity > 1)
                {
                    change = change.After(change.Dropped + _dropped);
                    _dropped = 0;
                }

                return true;
            }
        }

        public void OnCompleted() => End(null);

        public void OnError(Exception error) => End(error);

        public void OnNext(PropertyChange value)
        {
            lock (_lock)
            {
                if (_elements.Count == capacity)
                {
                    _dropped += 1 + _elements.Dequeue().Dropped;
                }

                _elements.Enqueue(value);
                Notify();
            }
        }

        private void End(Exception? error)
        {
            lock (_lock)
            {
                (_isOver, _error) = (true, error);
                Notify();
            }
        }

        private void Notify()
        {
            if (_news.CurrentCount == 0)
            {
                _news.Release();
            }
        }
    }
}
