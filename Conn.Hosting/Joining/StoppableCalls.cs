using Conn.ActiveBackup.Calls;

namespace Conn.Hosting.Joining;

/// <summary>Cancels the call that runs when the host stops. Terminate always runs to its end.</summary>
internal sealed class StoppableCalls(IOwnerChannel inner, CancellationToken stop) : IOwnerChannel
{
    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        if (call.Kind == OwnerCallKind.TerminateMultiStageOperation)
        {
            return await inner.InvokeAsync(call, cancellationToken);
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
        return await inner.InvokeAsync(call, either.Token);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
