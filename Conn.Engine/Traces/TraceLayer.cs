using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Traces;

/// <summary>The layer around the legal order that records every call: how the drives stood before it, how it ended, and how they stand after it.</summary>
internal sealed class TraceLayer(LegalOrder inner, string owner, OperationTracer tracer) : IOwnerChannel
{
    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        DateTimeOffset begun = tracer.Now;
        IReadOnlyList<DriveKey> drives = inner.Order.Concerned(call);
        DriveState[] before = [.. drives.Select(inner.Order.StateOf)];
        OwnerCallResult result = await inner.InvokeAsync(call, cancellationToken);
        if (call.Kind == OwnerCallKind.Begin)
        {
            drives = [.. call.Mode.Drives.Select(d => new DriveKey(d))];
            before = [.. drives.Select(inner.Order.StateOf)];
        }

        tracer.Add(new TraceEntry
        {
            Kind = TraceKind.Call,
            At = begun,
            Took = tracer.Now - begun,
            Owner = owner,
            Call = call.Kind,
            Bytes = call.Section.Length + result.Section.Bytes + result.Token.Length,
            Last = call.Last || result.Section.Finished,
            Error = result.Failure?.Code.Value ?? 0,
            GivenUp = result.Failure is { IsGivenUp: true },
            Moves = [.. drives.Select((d, i) => new TraceMove(d.Drive.Letter, d.ProxiedOwner.Value, before[i], inner.Order.StateOf(d)))],
        });
        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
