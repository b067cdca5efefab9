namespace Conn.PubSub;

/// <summary>A handle on one name, defined or not, with one subscription slot. It carries no rights: each call is checked.</summary>
/// <remarks>Safe from any thread. Source: RProperty.</remarks>
public interface IProperty : IDisposable
{
    /// <summary>The name.</summary>
    PropertyName Name { get; }

    /// <summary>Reads an integer with its stamp.</summary>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    ErrorCode Get(out int value, out Stamp stamp);

    /// <summary>Reads bytes with their stamp.</summary>
    /// <param name="buffer">The caller's; its content after the value's length is unspecified.</param>
    /// <param name="length">How many bytes of the value were copied; 0 unless None or Overflow is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Overflow (truncated to the buffer), None.</returns>
    ErrorCode Get(Span<byte> buffer, out int length, out Stamp stamp);

    /// <summary>Publishes an integer. Notifies also when the value is the same.</summary>
    /// <param name="value">Any.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    ErrorCode Set(int value);

    /// <summary>Publishes bytes; they are copied before the call returns. Notifies also when they are the same, or none.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig, None.</returns>
    ErrorCode Set(ReadOnlySpan<byte> value);

    /// <summary>Publishes an integer if the property's stamp is the one given.</summary>
    /// <param name="value">Any.</param>
    /// <param name="expected">As a read returned it; <see cref="Stamp.Never"/> for a property not yet published.</param>
    /// <param name="stamp">The stamp of this publish; with Changed the stamp that was found; else Never.</param>
    /// <returns>As for a publish; Changed, last, when somebody published in between.</returns>
    ErrorCode CompareAndSet(int value, Stamp expected, out Stamp stamp);

    /// <summary>Publishes bytes if the property's stamp is the one given.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <param name="expected">As a read returned it; <see cref="Stamp.Never"/> for a property not yet published.</param>
    /// <param name="stamp">The stamp of this publish; with Changed the stamp that was found; else Never.</param>
    /// <returns>As for a publish; Changed, last, when somebody published in between.</returns>
    ErrorCode CompareAndSet(ReadOnlySpan<byte> value, Stamp expected, out Stamp stamp);

    /// <summary>Asks to be told once of the next publish. It counts from this call on, not from the await: subscribe, then get.</summary>
    /// <returns>
    /// Completes exactly once: None (published), NotFound (deleted), PermissionDenied (the read policy refuses, now or once defined),
    /// Cancel. Await it at most once; the code after an await runs on the store's scheduler unless a context was captured.
    /// </returns>
    /// <exception cref="InvalidOperationException">The handle's subscription is outstanding, or its completion was not yet taken by who awaits it.</exception>
    /// <remarks>Completions come in the order of subscribing; those of different properties in the order of publishing. Source: RProperty::Subscribe.</remarks>
    ValueTask<ErrorCode> SubscribeAsync();

    /// <summary>
    /// Ends an outstanding subscription: it is completed with Cancel when this returns, unless it was completed before. No completion
    /// of it comes later. Does nothing when none is outstanding.
    /// </summary>
    void Cancel();
}
