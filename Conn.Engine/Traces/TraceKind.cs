namespace Conn.Engine.Traces;

/// <summary>What an entry of a trace tells.</summary>
public enum TraceKind
{
    /// <summary>The host's mode became <see cref="TraceEntry.Mode"/>.</summary>
    Mode = 0,

    /// <summary>An operation came to <see cref="TraceEntry.Phase"/>: the commit is one of these.</summary>
    Step = 1,

    /// <summary>An owner's drives are fresh: the operation began with it, or began again without its snapshot.</summary>
    Began = 2,

    /// <summary>A callback ended, or was given up.</summary>
    Callback = 3,
}
