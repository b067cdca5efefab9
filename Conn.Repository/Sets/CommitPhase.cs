namespace Conn.Repository.Sets;

/// <summary>Specifies a completed step of a commit. The steps are reported synchronously, in this order.</summary>
public enum CommitPhase
{
    /// <summary>All segment files are durable.</summary>
    SegmentsFlushed,

    /// <summary>All segment files were read back, decoded and compared.</summary>
    ReadBack,

    /// <summary>The manifest is durable, and was read back and decoded. Up to this step nothing of the set is visible.</summary>
    ManifestWritten,

    /// <summary>The set was renamed into place, durably. It is committed, and will be listed after a crash.</summary>
    Renamed,

    /// <summary>The index lists the set.</summary>
    Indexed,
}
