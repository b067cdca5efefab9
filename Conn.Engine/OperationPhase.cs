
namespace Conn.Engine;

/// <summary>The phase that an operation has just reached. Reported synchronously: an observer that stops the process stops it exactly there.</summary>
public enum OperationPhase
{
    /// <summary>The plan is made; nothing has changed yet.</summary>
    Planned = 0,

    /// <summary>The mode is published.</summary>
    ModeEntered = 1,

    /// <summary>An owner has all its snapshots.</summary>
    SnapshotsSupplied = 2,

    /// <summary>An owner is ready.</summary>
    OwnerReady = 3,

    /// <summary>An owner's stream is open.</summary>
    DataStarted = 4,

    /// <summary>A section went through.</summary>
    Section = 5,

    /// <summary>An owner's stream has ended.</summary>
    DataFinished = 6,

    /// <summary>An owner's new snapshot is handed over.</summary>
    SnapshotFinished = 7,

    /// <summary>An owner's part has ended, well or not.</summary>
    OwnerFinished = 8,

    /// <summary>Backup: all data is durable. Reported together with <see cref="ReadBack"/>, because segments are flushed and read back while others are still
    /// written.</summary>
    SegmentsFlushed = 9,

    /// <summary>Backup: all data was read back, decoded and matched.</summary>
    ReadBack = 10,

    /// <summary>Backup: the manifest is durable and was read back.</summary>
    ManifestWritten = 11,

    /// <summary>Backup: the set is in its place.</summary>
    Renamed = 12,

    /// <summary>Backup: the index lists the set.</summary>
    Indexed = 13,

    /// <summary>Restore: an increment has been given.</summary>
    IncrementFinished = 14,

    /// <summary>Restore: an owner has prepared what it staged.</summary>
    Prepared = 15,

    /// <summary>Restore: the commit record is durable.</summary>
    Committed = 16,

    /// <summary>Restore: an owner's data is in place.</summary>
    OwnerCompleted = 17,

    /// <summary>Restore: the commit record is closed.</summary>
    RecordClosed = 18,

    /// <summary>The host is back in Normal.</summary>
    Normal = 19,

    /// <summary>An owner failed; it is terminated now.</summary>
    OwnerFailed = 20,
}
