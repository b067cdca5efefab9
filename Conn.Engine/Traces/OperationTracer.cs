using Conn.ActiveBackup.Machines;
using Conn.Engine.Reports;
using Conn.PubSub;

namespace Conn.Engine.Traces;

/// <summary>Where an engine's entries go: stamped with its clock and its mode; who takes them can disturb nobody. Used in the engine's loop only.</summary>
internal sealed class OperationTracer(TimeProvider clock, Func<BurMode> mode, Action<TraceEntry> to)
{
    private BurMode _told = BurMode.Normal;

    /// <summary>How often whoever takes the entries threw.</summary>
    public int Failures { get; private set; }

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Takes an entry; a change of mode that nobody told yet goes before it.</summary>
    public void Add(TraceEntry entry)
    {
        BurMode now = mode();
        if (now != _told)
        {
            _told = now;
            Give(new TraceEntry { Kind = TraceKind.Mode, At = Now, Mode = now.ToValue() });
        }

        Give(entry with { Mode = now.ToValue() });
    }

    public void Step(OperationProgress progress) =>
        Add(new TraceEntry { Kind = TraceKind.Step, At = Now, Phase = progress.Phase, Owner = progress.Owner, Bytes = progress.Bytes });

    public void Began(string owner, CallbackMachine machine, IEnumerable<DriveKey> drives) => Add(new TraceEntry
    {
        Kind = TraceKind.Began, At = Now, Owner = owner,
        Moves = [.. drives.Select(d => new TraceMove(d.Drive.Letter, d.ProxiedOwner.Value, machine.StateOf(d), machine.StateOf(d)))],
    });

    private void Give(TraceEntry entry)
    {
        try
        {
            to(entry);
        }
#pragma warning disable CA1031 // A trace that cannot be kept must not become the operation's failure; it is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            Failures++;
        }
    }
}
