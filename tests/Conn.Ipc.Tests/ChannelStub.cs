using Conn.ActiveBackup.Calls;

namespace Conn.Ipc.Tests;

/// <summary>An owner that does nothing.</summary>
internal sealed class ChannelStub : IOwnerChannel
{
    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;
}
