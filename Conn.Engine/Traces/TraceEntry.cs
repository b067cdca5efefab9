using System.Text.Json.Serialization;
using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Traces;

/// <summary>One event of an operation: plain values, so that it can be written, read back and compared.</summary>
public sealed record TraceEntry
{
    /// <summary>When it began, by the engine's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What it records; which of the other members have a meaning follows from it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TraceKind Kind { get; init; }

    /// <summary>Of every kind: the mode's value as it is published.</summary>
    public int Mode { get; init; }

    /// <summary>Of a step: the phase that the operation reached; else null.</summary>
    public OperationPhase? Phase { get; init; }

    /// <summary>The owner's name; null for an event of the host.</summary>
    public string? Owner { get; init; }

    /// <summary>Of a call: which; else null.</summary>
    public OwnerCallKind? Call { get; init; }

    /// <summary>Of a call: the drives it concerned; of Begin, all drives of the owner.</summary>
    public IReadOnlyList<TraceMove> Moves { get; init; } = [];

    /// <summary>Of a call: bytes handed over, either way. Of a step: bytes of the owner so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Of a call: whether the stream ended with it.</summary>
    public bool Last { get; init; }

    /// <summary>Of a call: the code it failed with, or was given up with; 0 for none.</summary>
    public int Error { get; init; }

    /// <summary>Of a call: how long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Of a call: true when the engine stopped waiting for it. The owner's code may have ended later.</summary>
    public bool GivenUp { get; init; }
}
