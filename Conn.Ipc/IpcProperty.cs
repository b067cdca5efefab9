using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>A handle on a property of a server. Reads come from the replica; publishes go to the server and return when the replica has them.</summary>
internal sealed class IpcProperty(IpcPropertyClient client, BusHold hold, Property local) : IProperty
{
    private int _disposed;
    private int _isReported;

    public PropertyName Name => local.Name;

    /// <summary>Gets whether a subscription waits for its completion.</summary>
    public bool IsSubscribed => local.IsSubscribed;

    public ErrorCode TryGet(out int value, out Revision revision) => local.TryGet(out value, out revision);

    public ErrorCode TryGet(Span<byte> buffer, out int length, out Revision revision) => local.TryGet(buffer, out length, out revision);

    public ValueTask<PublishResult> TrySetAsync(PropertyValue value, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        return client.TrySetAsync(Name, value, cancellationToken);
    }

    public ValueTask<PublishResult> TryCompareAndSetAsync(PropertyValue value, Revision expected, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        return client.TryCompareAndSetAsync(Name, value, expected, cancellationToken);
    }

    public ValueTask<ErrorCode> SubscribeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        ValueTask<ErrorCode> subscription = local.SubscribeAsync(cancellationToken);
        if (!subscription.IsCompleted)
        {
            Volatile.Write(ref _isReported, 1);
            client.Connection.Holds.Report(hold, SubscriptionKind.OneShot);
        }

        return subscription;
    }

    public void Cancel()
    {
        ThrowIfClosed();
        local.Cancel();
        ReportEnd();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        local.Dispose();
        client.Connection.Holds.Remove(hold);
    }

    public override string ToString() => local.ToString();

    // Once for each subscription: whoever cancels again and again must not flood the server.
    private void ReportEnd()
    {
        if (Interlocked.Exchange(ref _isReported, 0) != 0)
        {
            client.Connection.Holds.Report(hold, null);
        }
    }

    private void ThrowIfClosed()
    {
        client.ThrowIfClosed();
        ObjectDisposedException.ThrowIf(_disposed != 0, typeof(IProperty));
    }
}
