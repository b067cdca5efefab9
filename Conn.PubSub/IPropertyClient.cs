using System.Reactive.Concurrency;
using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Represents a store opened by one identity. Every operation is checked against that identity.</summary>
/// <remarks>
/// <para>Safe for several threads. Expected outcomes are values; the usual <c>Try</c> forms have a throwing form in <see cref="ThrowingForms"/>. After the
/// store or the client is disposed, each call throws <see cref="ObjectDisposedException"/>.</para>
/// <para>A call may need a round trip, so it is asynchronous; the store of one process completes it before it returns. Reads that must not wait use an attached
/// property. A cancelled token ends the wait; the outcome of a publish is then unknown, unless the call had not begun.</para>
/// <para>Disposing the client ends its observations and watches, and deletes what it defined with <see cref="PropertyLifetime.Client"/>. Its handles
/// close: their calls throw <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
public interface IPropertyClient : IAsyncDisposable
{
    /// <summary>Gets the identity of the client.</summary>
    ClientIdentity Identity { get; }

    /// <summary>Defines a property with the value 0 or empty. It does not notify; subscribers that the new read policy refuses are ended.</summary>
    /// <param name="name">The name; the category <see cref="PropertyName.OwnCategory"/> stands for the client's secure id.</param>
    /// <param name="definition">Type, policies, lifetime.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// In this order: Argument or TooBig for the preallocation (negative, above 65535); AccessDenied for <see cref="SystemProperties.BackupRestoreKey"/>, which
    /// only <see cref="SecureId.Engine"/> may define; PermissionDenied without the right to the category (the own secure id, or below the threshold with
    /// WriteDeviceData; the engine needs neither for the key of the mode); Argument for a malformed policy, type or lifetime; TooBig above 512 for a byte array; NotSupported for a persisted property in a store
    /// that persists nothing; AlreadyExists, and nothing changes; NoMemory when the store has its maximum of names or no memory; Success.
    /// </returns>
    /// <remarks>Source: RProperty::Define.</remarks>
    ValueTask<ErrorCode> TryDefineAsync(PropertyName name, PropertyDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>Deletes a definition and its value. Outstanding subscriptions complete with NotFound; streams deliver Deleted and continue.</summary>
    /// <param name="name">The name; the category <see cref="PropertyName.OwnCategory"/> stands for the client's secure id.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>In this order: NotFound, PermissionDenied (another secure id defined it), Success.</returns>
    /// <remarks>Source: RProperty::Delete.</remarks>
    ValueTask<ErrorCode> TryDeleteAsync(PropertyName name, CancellationToken cancellationToken = default);

    /// <summary>Makes a handle on a name, defined or not. The handle survives deletes and definitions. Each call by the handle is checked, not this one.</summary>
    /// <param name="name">The name, taken literally.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A handle; the caller disposes it.</returns>
    /// <exception cref="ConnException">NoMemory: the store has its maximum of names.</exception>
    /// <remarks>Source: RProperty::Attach.</remarks>
    ValueTask<IProperty> AttachAsync(PropertyName name, CancellationToken cancellationToken = default);

    /// <summary>Reads a property of any type.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Code, value and revision of one moment.</returns>
    ValueTask<PropertyReading> TryReadAsync(PropertyName name, CancellationToken cancellationToken = default);

    /// <summary>Publishes a value. It notifies also when the value is the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">An integer, or up to 512 bytes, or 65535 for a large array. Bytes are copied before the call returns.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Code, and the revision of this publish.</returns>
    ValueTask<PublishResult> TrySetAsync(PropertyName name, PropertyValue value, CancellationToken cancellationToken = default);

    /// <summary>Publishes a value if the property has the given revision.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">As for <see cref="TrySetAsync"/>.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>As for <see cref="TrySetAsync"/>; Changed, with the revision that was found, when another client published since that read.</returns>
    ValueTask<PublishResult> TryCompareAndSetAsync(PropertyName name, PropertyValue value, Revision expected, CancellationToken cancellationToken = default);

    /// <summary>Publishes several values under one revision, or none of them. A client that sees one of them sees all of them from then on.</summary>
    /// <param name="batch">The values and the conditions; not changed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The first refusal, conditions first, each in the order it was added: for a condition as for a read, then Changed; for a value as for a publish. Then nothing
    /// was published. An empty batch is Success and publishes nothing.
    /// </returns>
    ValueTask<PublishResult> TryPublishAsync(PropertyBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Lists the properties that are defined and that the client may read, with values of one moment.</summary>
    /// <param name="category">The category; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Ordered by category and key.</returns>
    ValueTask<IReadOnlyList<PropertyInfo>> ListAsync(uint? category = null, CancellationToken cancellationToken = default);

    /// <summary>Says whether a property has a subscription or an observer; watches do not count.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when there is one, of any client.</returns>
    ValueTask<bool> HasSubscribersAsync(PropertyName name, CancellationToken cancellationToken = default);

    /// <summary>Gets the stream of a property: the current value first, then newer elements with rising revisions.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="options">How observers are called; null for the latest element, on the store's scheduler.</param>
    /// <returns>
    /// A stream for any number of observers. A delete is an element, not the end. OnError with <see cref="ConnException"/> PermissionDenied when a definition's read
    /// policy refuses the client; OnCompleted when the store or the client is disposed. An observer's exception goes to the store's handler and its stream
    /// continues.
    /// </returns>
    /// <remarks>
    /// Disposing a subscription never waits: at most one call that a delivering thread had already claimed may still begin. The subscription object is also an
    /// <see cref="IAsyncDisposable"/>: after <c>await DisposeAsync()</c> no call runs, and none begins. An observer cannot await its own end: inside its own call
    /// <c>DisposeAsync</c> throws <see cref="InvalidOperationException"/>. With inline delivery it waits for the calls of the property that run, so do not block on it
    /// inside a call of another inline observer of the same property.
    /// </remarks>
    /// <exception cref="ArgumentException">An option does not apply to the delivery, or is out of range.</exception>
    IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null);

    /// <summary>Gets a stream that has an element only when the masked bits of an integer change, or the property is defined or deleted.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="mask">The bits.</param>
    /// <param name="options">As for <see cref="Observe"/>.</param>
    /// <returns>As <see cref="Observe"/>; elements carry the whole value. Elements of a byte property are not filtered.</returns>
    IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null);

    /// <summary>Gets the stream of all properties, or of a category, in the order of publishing, without a gap.</summary>
    /// <param name="category">The category; null for all.</param>
    /// <param name="after">
    /// Null: first the current values, oldest publish first, then a marker, then what follows. A revision: what was published after it, as far as the store's
    /// history reaches, then a marker, then what follows.
    /// </param>
    /// <param name="scheduler">Where observers are called; null for the store's scheduler.</param>
    /// <returns>
    /// A stream for any number of observers. <see cref="PropertyEventKind.TooOld"/> is the last element when the history does not reach back far enough, or an
    /// observer was too slow for it: watch again without a revision. Only properties that the client may read are delivered. OnCompleted after TooOld, and when the
    /// store or the client is disposed. Subscriptions are disposed as those of <see cref="Observe"/>.
    /// </returns>
    IObservable<PropertyEvent> Watch(uint? category = null, Revision? after = null, IScheduler? scheduler = null);

    /// <summary>Gets the elements of <see cref="Watch"/> for <c>await foreach</c>.</summary>
    /// <param name="category">As for <see cref="Watch"/>.</param>
    /// <param name="after">As for <see cref="Watch"/>.</param>
    /// <param name="cancellationToken">Ends the enumeration by an exception.</param>
    /// <returns>A stream that begins with the first MoveNext, and ends after TooOld and when the store or the client is disposed.</returns>
    IAsyncEnumerable<PropertyEvent> WatchAsync(uint? category = null, Revision? after = null, CancellationToken cancellationToken = default);
}
