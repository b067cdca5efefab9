namespace Conn.Engine.Traces;

/// <summary>What an entry of a trace records.</summary>
public enum TraceKind
{
    /// <summary>The host's mode became <see cref="TraceEntry.Mode"/>.</summary>
    Mode = 0,

    /// <summary>An operation reached <see cref="TraceEntry.Phase"/>: the commit is one of these.</summary>
    Step = 1,

    /// <summary>A call of an owner ended, or was given up.</summary>
    Call = 2,
}
