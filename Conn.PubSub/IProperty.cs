namespace Conn.PubSub;

/// <summary>Represents a handle on one name, defined or not, with one subscription slot. It carries no rights: each call is checked.</summary>
/// <remarks>Safe for several threads. Reads are synchronous in every kind of store. Disposing the handle cancels its subscription. Source: RProperty.</remarks>
public interface IProperty : IDisposable
{
    /// <summary>Gets the name.</summary>
    PropertyName Name { get; }

    /// <summary>Reads an integer and its revision.</summary>
    /// <param name="value">The value; 0 unless Success is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds bytes), Success.</returns>
    ErrorCode TryGet(out int value, out Revision revision);

    /// <summary>Reads bytes and their revision.</summary>
    /// <param name="buffer">The caller's buffer; its content after the value's length is unspecified.</param>
    /// <param name="length">The length of the value, also when it is larger than the buffer; 0 unless Success or Overflow is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), Overflow (the buffer is full), Success.</returns>
    ErrorCode TryGet(Span<byte> buffer, out int length, out Revision revision);

    /// <summary>Publishes a value. It notifies also when the value is the same.</summary>
    /// <param name="value">As for <see cref="IPropertyClient.TrySetAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Code, and the revision of this publish. A read by this handle that begins afterwards sees it.</returns>
    ValueTask<PublishResult> TrySetAsync(PropertyValue value, CancellationToken cancellationToken = default);

    /// <summary>Publishes a value if the property has the given revision.</summary>
    /// <param name="value">As for <see cref="IPropertyClient.TrySetAsync"/>.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>As for <see cref="IPropertyClient.TryCompareAndSetAsync"/>.</returns>
    ValueTask<PublishResult> TryCompareAndSetAsync(PropertyValue value, Revision expected, CancellationToken cancellationToken = default);

    /// <summary>Waits for the next publish. It counts from this call, not from the await: subscribe, then read.</summary>
    /// <param name="cancellationToken">Ends the wait by <see cref="OperationCanceledException"/>, and frees the slot.</param>
    /// <returns>
    /// Completes exactly once: Success (published), NotFound (deleted), PermissionDenied (the read policy refuses, now or once defined), Cancel. Await it once; the
    /// code after the await runs on the store's scheduler unless a context was captured.
    /// </returns>
    /// <exception cref="InvalidOperationException">A subscription of this handle is outstanding, or its completion was not yet taken by its await.</exception>
    /// <remarks>Completions come in the order of subscribing; those of different properties in the order of publishing. Source: RProperty::Subscribe.</remarks>
    ValueTask<ErrorCode> SubscribeAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends an outstanding subscription: when this returns, it is completed with Cancel, unless it was completed before.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed, or the store is disposed.</exception>
    /// <remarks>Does nothing when no subscription is outstanding. Source: RProperty::Cancel.</remarks>
    void Cancel();
}
