namespace Conn.Repository.Sets;

/// <summary>What a commit has just done. Reported synchronously, in this order.</summary>
public enum CommitPhase
{
    /// <summary>All data files are durable.</summary>
    SegmentsFlushed,

    /// <summary>All data files were read back, decoded and matched.</summary>
    ReadBack,

    /// <summary>The manifest is durable and was read back. Until here nothing of the set is visible.</summary>
    ManifestWritten,

    /// <summary>The set is in its place, durably: it is committed, and will be listed after a crash.</summary>
    Renamed,

    /// <summary>The index lists it.</summary>
    Indexed,
}
