using Conn.ActiveBackup.Calls;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Telemetry;

/// <summary>A layer of the way to an owner that logs what the owner throws, with its stack; the report has the sentence only.</summary>
internal sealed class LoggedChannel(IOwnerChannel inner, string owner, ILogger log) : IOwnerChannel
{
    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        OwnerCallResult result = await inner.InvokeAsync(call, cancellationToken);
        if (result.Failure?.Cause is { } thrown and not OperationCanceledException)
        {
            Messages.OwnerThrew(log, owner, call.Kind, thrown);
        }

        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
