namespace Conn.PlantedBugs;

/// <summary>A bug that authors of data owners make, as a switch of <see cref="NotebookOwner"/>.</summary>
public enum PlantedBug
{
    /// <summary>The correct owner.</summary>
    None,

    /// <summary>The snapshot is made when it is asked for: it describes a later moment than the data.</summary>
    LateSnapshot,

    /// <summary>The stream is said to be finished when the buffer is full.</summary>
    StreamCut,

    /// <summary>An increment does not say which notes were removed.</summary>
    DeletionsLost,

    /// <summary>The restored notes are put in place when they are prepared.</summary>
    ChangeBeforeCommit,

    /// <summary>Terminate forgets nothing.</summary>
    TerminateKeepsState,

    /// <summary>A second RestoreComplete throws.</summary>
    CommitTwiceThrows,

    /// <summary>Of the sections of a restore only the last is kept.</summary>
    LastSectionOnly,

    /// <summary>A note counts as changed only if its length changed.</summary>
    ChangeByLengthOnly,

    /// <summary>A base that cannot be read is taken for an empty notebook.</summary>
    DamagedBaseAsEmpty,

    /// <summary>Sections are read on a thread of the pool.</summary>
    PoolThreads,

    /// <summary>A pause is made by the wall clock instead of the clock the owner was given.</summary>
    RealDelays,

    /// <summary>RestoreComplete copies what was prepared and keeps it; after a ResumeRestore that returned false it copies it again, over newer notes.</summary>
    AppliedAgain,

    /// <summary>ResumeRestore does not compare what was prepared with its token.</summary>
    ResumeUnchecked,

    /// <summary>A restored base is merged with the notes that are there.</summary>
    MergedWithCurrent,

    /// <summary>PrepareRestore writes nothing: what is prepared is in memory.</summary>
    PreparedInMemory,

    /// <summary>A bug of the subject: Change only adds notes.</summary>
    ChangeOnlyAdds,
}
