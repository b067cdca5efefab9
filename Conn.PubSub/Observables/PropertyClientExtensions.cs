using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Conn.PubSub.Observables;

/// <summary>What can be said with the operations of any store: waits, updates, <c>await foreach</c>, streams of well-known properties.</summary>
public static class PropertyClientExtensions
{
    /// <summary>The stream of the host's backup-or-restore mode, the current one first.</summary>
    /// <param name="client">Who observes.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler.</param>
    /// <returns>As <see cref="IPropertyClient.Observe"/>. While the key is not defined the mode is <see cref="BurMode.Unset"/>. The same mode may come
    /// twice.</returns>
    public static IObservable<BurMode> ObserveBurMode(this IPropertyClient client, ObserveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new ProjectedObservable<BurMode>(client.Observe(SystemProperties.BackupRestoreKey, options), static c => BurMode.FromValue(c.Value));
    }

    /// <summary>Waits until the property's stamp is another one than that last seen: no publish is missed between reading and waiting.</summary>
    /// <param name="client">Who waits.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="seen">The stamp last seen; <see cref="Stamp.Never"/> waits for any publish.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state found: a value, or that the property was deleted or is not defined.</returns>
    /// <exception cref="ConnException">PermissionDenied: the read policy refuses. Cancel: the store ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<PropertyChange> WaitForChangeAsync(this IPropertyClient client, PropertyName name, Stamp seen, CancellationToken cancellationToken) =>
        client.WaitForAsync(name, c => c.Stamp != seen, cancellationToken);

    /// <summary>Waits until the property satisfies a condition; at once, when it does now.</summary>
    /// <param name="client">Who waits.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="condition">Asked of what is current, then of each newer state, on the store's scheduler. A state that is replaced at once may be
    /// skipped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first state found that satisfies it.</returns>
    /// <exception cref="ConnException">PermissionDenied: the read policy refuses. Cancel: the store ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<PropertyChange> WaitForAsync(
        this IPropertyClient client, PropertyName name, Func<PropertyChange, bool> condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(condition);
        var wait = new Wait(name, condition);
        using IDisposable subscription = client.Observe(name).Subscribe(wait);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (w, t) => ((Wait)w!).Cancel(t), wait);
        return await wait.Found;
    }

    /// <summary>Publishes what a function makes of the current integer; asks it again when somebody publishes in between.</summary>
    /// <param name="client">Who reads and publishes.</param>
    /// <param name="name">The property.</param>
    /// <param name="change">From the current value to the new one; may be called several times; called outside every lock.</param>
    /// <param name="value">What was published; 0 unless None is returned.</param>
    /// <param name="stamp">The stamp of this publish; Never unless None is returned.</param>
    /// <returns>As for a read, then as for a publish.</returns>
    public static ErrorCode Update(this IPropertyClient client, PropertyName name, Func<int, int> change, out int value, out Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(client);
        using IProperty handle = client.Attach(name);
        return handle.Update(change, out value, out stamp);
    }

    /// <summary>Publishes what a function makes of the current integer; asks it again when somebody publishes in between.</summary>
    /// <param name="property">The property.</param>
    /// <param name="change">From the current value to the new one; may be called several times; called outside every lock.</param>
    /// <param name="value">What was published; 0 unless None is returned.</param>
    /// <param name="stamp">The stamp of this publish; Never unless None is returned.</param>
    /// <returns>As for a read, then as for a publish.</returns>
    public static ErrorCode Update(this IProperty property, Func<int, int> change, out int value, out Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(property);
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            ErrorCode code = property.Get(out int current, out Stamp seen);
            if (code.IsNone)
            {
                int next = change(current);
                code = property.CompareAndSet(next, seen, out stamp);
                if (code.IsNone)
                {
                    value = next;
                    return code;
                }
            }

            if (code != ErrorCode.Changed)
            {
                value = 0;
                stamp = default;
                return code;
            }
        }
    }

    /// <summary>The stream of a property for <c>await foreach</c>: what is current first, then newer elements.</summary>
    /// <param name="client">Who observes.</param>
    /// <param name="name">The property, defined or not.</param>
    /// <param name="options">
    /// Null: the latest only waits for the enumerator. With a buffer: that many wait, and what is dropped before an element is told by it.
    /// </param>
    /// <param name="cancellationToken">Ends the enumeration by exception.</param>
    /// <returns>A stream that begins with the first MoveNext and ends when the store is disposed; <see cref="ConnException"/> of PermissionDenied when
    /// refused.</returns>
    public static async IAsyncEnumerable<PropertyChange> ObserveAsync(
        this IPropertyClient client, PropertyName name, ObserveOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var pull = new Pull(Math.Max(1, options?.Buffer ?? 0));
        using IDisposable subscription = client.Observe(name, options).Subscribe(pull);
        await foreach (PropertyChange change in pull.Elements.ReadAllAsync(cancellationToken))
        {
            yield return pull.Told(change);
        }
    }

    /// <summary>Invariant: completes once.</summary>
    private sealed class Wait(PropertyName name, Func<PropertyChange, bool> condition) : IObserver<PropertyChange>
    {
        private readonly TaskCompletionSource<PropertyChange> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<PropertyChange> Found => _found.Task;

        public void Cancel(CancellationToken token) => _found.TrySetCanceled(token);

        public void OnCompleted() => _found.TrySetException(new ConnException(ErrorCode.Cancel, $"The store ended while {name} was waited for."));

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
#pragma warning disable CA1031 // The condition is the waiter's own: it gets what it threw.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _found.TrySetException(exception);
            }
        }
    }

    /// <summary>Invariant: bounded; the oldest makes room, and is counted with those the store dropped.</summary>
    private sealed class Pull : IObserver<PropertyChange>
    {
        private readonly Channel<PropertyChange> _elements;
        private readonly bool _counts;
        private int _dropped;

        public Pull(int room)
        {
            _counts = room > 1;
            _elements = Channel.CreateBounded<PropertyChange>(
                new BoundedChannelOptions(room) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true },
                c => Interlocked.Add(ref _dropped, 1 + c.Dropped));
        }

        public ChannelReader<PropertyChange> Elements => _elements.Reader;

        public PropertyChange Told(PropertyChange change) => _counts ? change.After(change.Dropped + Interlocked.Exchange(ref _dropped, 0)) : change;

        public void OnCompleted() => _elements.Writer.TryComplete();

        public void OnError(Exception error) => _elements.Writer.TryComplete(error);

        public void OnNext(PropertyChange value) => _elements.Writer.TryWrite(value);
    }
}
