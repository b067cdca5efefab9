using Conn.ActiveBackup.Calls;

namespace Conn.ActiveBackup.Tests;

/// <summary>A channel that does what a test says.</summary>
internal sealed class FuncChannel(Func<OwnerCall, CancellationToken, ValueTask<OwnerCallResult>> invoke) : IOwnerChannel
{
    public bool IsDisposed { get; private set; }

    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken) => invoke(call, cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
