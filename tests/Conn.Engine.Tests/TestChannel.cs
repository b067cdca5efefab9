using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;

namespace Conn.Engine.Tests;

/// <summary>Makes one call.</summary>
internal delegate ValueTask<OwnerCallResult> CallHandler(OwnerCall call, CancellationToken cancellationToken);

/// <summary>Handles one call in place of an owner, or passes it on.</summary>
internal delegate ValueTask<OwnerCallResult> LayerHandler(OwnerCall call, CallHandler next, CancellationToken cancellationToken);

/// <summary>A channel whose two methods are given by a test: an owner without a client of its own, or a layer of another channel.</summary>
internal sealed class TestChannel(CallHandler invoke, Func<ValueTask>? close = null) : IOwnerChannel
{
    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken) => invoke(call, cancellationToken);

    public ValueTask DisposeAsync() => close?.Invoke() ?? default;

    /// <summary>Answers every call as an owner with one byte of data.</summary>
    public static ValueTask<OwnerCallResult> Obedient(OwnerCall call, CancellationToken cancellationToken) => new(Answer(call));

    /// <summary>The answer of an owner with one byte of data.</summary>
    public static OwnerCallResult Answer(OwnerCall call) =>
        call.Kind is OwnerCallKind.GetBackupDataSection or OwnerCallKind.GetSnapshotData ? new OwnerCallResult { Section = new SectionResult(1, true) }
            : default;
}

/// <summary>Puts a layer of a test between the queue of an owner and its code.</summary>
internal static class TestLayers
{
    public static ActiveBackupClientOptions WithLayer(this ActiveBackupClientOptions options, LayerHandler handle) => options with
    {
        Layer = inner => new TestChannel((call, cancellationToken) => handle(call, inner.InvokeAsync, cancellationToken), inner.DisposeAsync),
    };

    public static DataOwnerParticipantOptions WithLayer(this DataOwnerParticipantOptions options, LayerHandler handle) =>
        options with { Client = options.Client.WithLayer(handle) };
}
