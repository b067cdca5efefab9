using System.Reactive.Concurrency;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.PubSub;

/// <summary>A store opened by one identity. Every operation goes through a client and is checked against its identity.</summary>
/// <remarks>
/// Safe from any thread. Expected outcomes are values; after the store, or the client, is disposed every call throws
/// <see cref="ObjectDisposedException"/>. Disposing the client deletes what it defined with <see cref="PropertyLifetime.Client"/>;
/// handles, observations and watches made by it go on until they are disposed.
/// </remarks>
public interface IPropertyClient : IDisposable
{
    /// <summary>Who the client is.</summary>
    ClientIdentity Identity { get; }

    /// <summary>Defines a property with the value 0 or empty. Does not notify; who waits for the name and may not read it is refused now.</summary>
    /// <param name="name">The name; <see cref="PropertyName.OwnCategory"/> as category stands for the client's secure id.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="read">Who may read; asked at each Get, Subscribe and Observe. The definer has no privilege.</param>
    /// <param name="write">Who may publish; asked at each Set.</param>
    /// <param name="preallocate">Bytes to set aside so that publishing up to that size does not allocate; 0 for an integer. Default 0.</param>
    /// <param name="lifetime">How long it lasts. Default <see cref="PropertyLifetime.Store"/>.</param>
    /// <returns>
    /// In this order: Argument or TooBig for <paramref name="preallocate"/> (negative, above 65535); AccessDenied for
    /// <see cref="SystemProperties.BackupRestoreKey"/>, which is the engine's; PermissionDenied without the right to the category (own
    /// secure id, or below the threshold with WriteDeviceData); Argument for a malformed policy, type or lifetime;
    /// TooBig above 512 for a byte array; NotSupported for a persisted one in a store without a file; AlreadyExists, and nothing changes;
    /// NoMemory when the store has as many names as it may have, or there is no memory to set aside; None.
    /// </returns>
    /// <remarks>Source: RProperty::Define.</remarks>
    ErrorCode Define(
        PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write, int preallocate = 0, PropertyLifetime lifetime = PropertyLifetime.Store);

    /// <summary>Deletes a definition and its value. Every outstanding subscription completes with NotFound; streams say Deleted and go on.</summary>
    /// <param name="name">The name; <see cref="PropertyName.OwnCategory"/> as category stands for the client's secure id.</param>
    /// <returns>NotFound: not defined. PermissionDenied: another secure id defined it. None.</returns>
    /// <remarks>Source: RProperty::Delete.</remarks>
    ErrorCode Delete(PropertyName name);

    /// <summary>Makes a handle on a name, defined or not. The handle survives deletes and definitions. Checks nothing: each call by it does.</summary>
    /// <param name="name">The name, taken literally.</param>
    /// <returns>A handle of its own; dispose it.</returns>
    /// <exception cref="ConnException">NoMemory: the store has as many names as it may have.</exception>
    /// <remarks>Source: RProperty::Attach.</remarks>
    IProperty Attach(PropertyName name);

    /// <summary>Reads an integer with its stamp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    ErrorCode Get(PropertyName name, out int value, out Stamp stamp);

    /// <summary>Reads bytes with their stamp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="buffer">The caller's; its content after the value's length is unspecified.</param>
    /// <param name="length">How many bytes of the value were copied; 0 unless None or Overflow is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Overflow (truncated to the buffer), None.</returns>
    ErrorCode Get(PropertyName name, Span<byte> buffer, out int length, out Stamp stamp);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    ErrorCode Get(PropertyName name, out int value) => Get(name, out value, out _);

    /// <summary>Publishes an integer. Notifies also when the value is the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    ErrorCode Set(PropertyName name, int value);

    /// <summary>Publishes bytes; they are copied before the call returns. Notifies also when they are the same, or none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig, None.</returns>
    ErrorCode Set(PropertyName name, ReadOnlySpan<byte> value);

    /// <summary>Publishes an integer if the property's stamp is the one given.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any.</param>
    /// <param name="expected">As a read returned it; <see cref="Stamp.Never"/> for a property not yet published.</param>
    /// <param name="stamp">The stamp of this publish; with Changed the stamp that was found; else Never.</param>
    /// <returns>As for a publish; Changed, last, when somebody published in between.</returns>
    ErrorCode CompareAndSet(PropertyName name, int value, Stamp expected, out Stamp stamp);

    /// <summary>Publishes bytes if the property's stamp is the one given.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <param name="expected">As a read returned it; <see cref="Stamp.Never"/> for a property not yet published.</param>
    /// <param name="stamp">The stamp of this publish; with Changed the stamp that was found; else Never.</param>
    /// <returns>As for a publish; Changed, last, when somebody published in between.</returns>
    ErrorCode CompareAndSet(PropertyName name, ReadOnlySpan<byte> value, Stamp expected, out Stamp stamp);

    /// <summary>Publishes several values under one revision, or none of them. Who sees one of them sees, from then on, all.</summary>
    /// <param name="batch">The values, and the conditions under which they are published; not changed.</param>
    /// <param name="stamp">The one stamp of all of them; Never unless None is returned.</param>
    /// <returns>
    /// The first refusal, conditions first, each part in the order it was added: what a read (condition) or a publish (value) of that
    /// property would return; Changed for a condition that does not hold. Then nothing was published. An empty batch is None and publishes nothing.
    /// </returns>
    ErrorCode Publish(PropertyBatch batch, out Stamp stamp);

    /// <summary>What is defined and may be read, with values of one moment.</summary>
    /// <param name="category">Of one category; null for all.</param>
    /// <returns>Ordered by category and key.</returns>
    IReadOnlyList<PropertyInfo> List(uint? category = null);

    /// <summary>True when somebody waits for, or observes, the property; watches of a category or of everything do not count.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <returns>The state of this moment; it may have changed when the call returns.</returns>
    bool HasSubscribers(PropertyName name);

    /// <summary>A stream of a property: what is current first, then newer ones with rising stamps.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler, the latest only.</param>
    /// <returns>
    /// A stream for any number of observers. A delete is an element, not the end. OnError with <see cref="ConnException"/> of PermissionDenied
    /// when a definition's read policy refuses the client; OnCompleted when the store is disposed. Disposing a subscription is a
    /// barrier: no call begins after it, and it waits for one under way on another thread. An observer's exception goes to the store's handler.
    /// </returns>
    IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null);

    /// <summary>A stream that speaks only when the masked bits of an integer change, or the property comes and goes.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="mask">The bits of interest.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler.</param>
    /// <returns>As <see cref="Observe"/>; elements carry the whole value. Elements of a byte property are not filtered.</returns>
    IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null);

    /// <summary>A stream of all properties, or of a category, in the order of publishing, nothing left out.</summary>
    /// <param name="category">Of one category; null for all.</param>
    /// <param name="after">
    /// Null: first what is current, oldest publish first, then a marker, then what follows. A stamp: what was published after it, as
    /// far as the store's history reaches, then a marker, then what follows.
    /// </param>
    /// <param name="scheduler">Where observers are called; null for the store's.</param>
    /// <returns>
    /// A stream for any number of observers. <see cref="PropertyEventKind.TooOld"/> is the last element when the history does not reach
    /// back to what was asked for, or an observer was too slow for it: watch again without a stamp. Only readable properties are told.
    /// OnCompleted after TooOld and when the store is disposed. Disposing a subscription is a barrier.
    /// </returns>
    IObservable<PropertyEvent> Watch(uint? category = null, Stamp? after = null, IScheduler? scheduler = null);

    /// <summary>The same as <see cref="Watch"/>, for <c>await foreach</c>.</summary>
    /// <param name="category">Of one category; null for all.</param>
    /// <param name="after">As for <see cref="Watch"/>.</param>
    /// <param name="cancellationToken">Ends the enumeration by exception.</param>
    /// <returns>A stream that ends after TooOld and when the store is disposed. It begins with the first MoveNext.</returns>
    IAsyncEnumerable<PropertyEvent> WatchAsync(uint? category = null, Stamp? after = null, CancellationToken cancellationToken = default);
}
