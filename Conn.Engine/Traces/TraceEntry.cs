using System.Text.Json.Serialization;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Reports;

namespace Conn.Engine.Traces;

/// <summary>One event of an operation: plain values, so that it can be written, read back and compared.</summary>
public sealed record TraceEntry
{
    /// <summary>When it began, by the engine's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What it tells; which of the other members mean something follows from it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TraceKind Kind { get; init; }

    /// <summary>Of every kind: the mode's value as it is published.</summary>
    public int Mode { get; init; }

    /// <summary>Of a step: where the operation came to; else null.</summary>
    public OperationPhase? Phase { get; init; }

    /// <summary>The owner's name; null for what is the host's.</summary>
    public string? Owner { get; init; }

    /// <summary>Of a callback: which; else null.</summary>
    public CallbackEvent? Event { get; init; }

    /// <summary>Of a callback: the drives it concerned. Of a beginning: all drives, fresh.</summary>
    public IReadOnlyList<TraceMove> Moves { get; init; } = [];

    /// <summary>Of a callback: bytes handed over, either way. Of a step: bytes of the owner so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Of a callback: whether the owner said, or was told, that the stream ended with it.</summary>
    public bool Last { get; init; }

    /// <summary>Of a callback: the code it failed with, or was given up with; 0 for none.</summary>
    public int Error { get; init; }

    /// <summary>Of a callback: how long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Of a callback: true when it was not waited for any longer. It may have ended later, unheard.</summary>
    public bool GivenUp { get; init; }
}
