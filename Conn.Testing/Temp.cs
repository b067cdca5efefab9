#pragma warning disable CS1591, CA1032
using Conn.ActiveBackup.Calls;
using Conn.Engine.Traces;
using Conn.PubSub;
namespace Conn.Testing.Owners
{
internal sealed class AnsweringChannel : IOwnerChannel
{
    public int Calls { get; private set; }
    public bool Finished { get; set; }
    public ErrorCode Fails { get; set; }
    public ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        Calls++;
        return new(Fails.IsNone ? new OwnerCallResult { Section = new(1, Finished) } : OwnerCallResult.Failed(Fails, "x"));
    }
    public ValueTask DisposeAsync() => default;
}
}
namespace Conn.Testing.Traces
{
    public sealed class TraceReplayException : Exception { }
    internal static class TraceReplay { public static void Check(IReadOnlyList<TraceEntry> e) { } }
}
