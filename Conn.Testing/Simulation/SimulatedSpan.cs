
namespace Conn.Testing.Simulation;

/// <summary>The time between two Normals, as the simulation sees it: which owners have failed, and whose part is finished.</summary>
/// <param name="Operation">The operation that it belongs to.</param>
/// <param name="IsResume">True while what an earlier run committed is rolled forward, before the operation itself.</param>
internal sealed record SimulatedSpan(SimulatedOperation Operation, bool IsResume)
{
    /// <summary>The owners that were reported as failed: when, and with which code.</summary>
    public Dictionary<SimulatedOwner, (TimeSpan At, ErrorCode Code)> Failed { get; } = [];

    /// <summary>The owners of which nothing more can go wrong: their data is stored, or in place.</summary>
    public HashSet<SimulatedOwner> Finished { get; } = [];

    /// <summary>The owners whose data is in place and that failed in what they were asked after that.</summary>
    public HashSet<SimulatedOwner> FailedLater { get; } = [];

    /// <summary>The owners of a restore that are done with.</summary>
    public HashSet<SimulatedOwner> Completed { get; } = [];

    /// <summary>The owners with which the engine has begun.</summary>
    public HashSet<SimulatedOwner> Begun { get; } = [];

    /// <summary>The owners whose data, at least in part, a manager was given.</summary>
    public HashSet<(SimulatedOwner Manager, SimulatedOwner Owner)> Kept { get; } = [];

    /// <summary>The owners that were reported as ready.</summary>
    public HashSet<SimulatedOwner> Ready { get; } = [];

    /// <summary>The owners that were reported as prepared.</summary>
    public HashSet<SimulatedOwner> ReportedPrepared { get; } = [];

    /// <summary>True once every owner has prepared or failed, and nothing keeps the restore from its commit: the engine tries it in the same turn.</summary>
    public bool IsCommitTried { get; set; }

    /// <summary>The owners that have prepared at least a drive, and were not called to recover since.</summary>
    public HashSet<SimulatedOwner> Prepared { get; } = [];

    /// <summary>When the restore was committed; null before.</summary>
    public TimeSpan? CommittedAt { get; set; }

    /// <summary>When a failure made the whole restore useless: before its commit, a Required owner failed or every owner did.</summary>
    public TimeSpan? StoppedAt { get; set; }

    /// <summary>True once the mode is Normal again.</summary>
    public bool IsOver { get; set; }

    /// <summary>The owners that were reported as failed before the engine tried to commit the restore.</summary>
    public HashSet<SimulatedOwner> FailedBeforeCommit { get; } = [];

    /// <summary>Whether the requester's abort has ended the work of the owners; after the commit of a restore an abort changes nothing.</summary>
    public bool IsAborted => Operation.AbortedAt is { } aborted && !(CommittedAt <= aborted);
}
