namespace Conn.Engine.Tests;

/// <summary>How a scheduler runs work.</summary>
public enum SchedulerKind
{
    Pool,
    Immediate,
    CurrentThread,
    Blocks,
    Throws,
    NeverRuns,
}
