using Conn.Engine.Loop;
using Conn.PubSub;

namespace Conn.Engine.Traces;

/// <summary>Gives the entries of a trace to their receiver, stamped with the engine's clock and mode; the receiver can disturb nothing. Used in the engine's
/// loop only.</summary>
internal sealed class OperationTracer(TimeProvider clock, Func<BurMode> mode, Action<TraceEntry> receiver, EngineFaults faults)
{
    private BurMode _traced = BurMode.Normal;

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Adds an entry; a change of mode that is not in the trace yet goes before it.</summary>
    public void Add(TraceEntry entry)
    {
        BurMode now = mode();
        if (now != _traced)
        {
            _traced = now;
            Give(new TraceEntry { Kind = TraceKind.Mode, At = Now, Mode = now.ToValue() });
        }

        Give(entry with { Mode = now.ToValue() });
    }

    public void Step(OperationProgress progress) =>
        Add(new TraceEntry { Kind = TraceKind.Step, At = Now, Phase = progress.Phase, Owner = progress.Owner, Bytes = progress.Bytes });

    private void Give(TraceEntry entry) => faults.Guard(() => receiver(entry));
}
