namespace Conn.Testing.Owners;

/// <summary>A step of an operation with one owner, at which a suite can stop it.</summary>
public enum OwnerStep
{
    /// <summary>No step: the operation runs to its end.</summary>
    None = 0,

    /// <summary>A first piece of an old snapshot was given.</summary>
    SnapshotOpened = 1,

    /// <summary>An old snapshot was given completely.</summary>
    SnapshotGiven = 2,

    /// <summary>All snapshots were supplied.</summary>
    AllSupplied = 3,

    /// <summary>The size was asked for.</summary>
    SizeAsked = 4,

    /// <summary>A backup stream is open, nothing was taken of it.</summary>
    DataOpened = 5,

    /// <summary>One section was taken.</summary>
    SectionTaken = 6,

    /// <summary>Two sections were taken.</summary>
    TwoSectionsTaken = 7,

    /// <summary>The data of a drive has ended.</summary>
    DataTaken = 8,

    /// <summary>A piece of the new snapshot was taken.</summary>
    SnapshotPieceTaken = 9,

    /// <summary>The new snapshot has ended.</summary>
    SnapshotTaken = 10,

    /// <summary>The base is open, nothing was given of it.</summary>
    BaseOpened = 11,

    /// <summary>One section of the base was given.</summary>
    BaseSectionGiven = 12,

    /// <summary>The base of a drive was given.</summary>
    BaseGiven = 13,

    /// <summary>An increment is open.</summary>
    IncrementOpened = 14,

    /// <summary>One section of an increment was given.</summary>
    IncrementSectionGiven = 15,

    /// <summary>The first increment was given.</summary>
    IncrementGiven = 16,

    /// <summary>All data was given, nothing was prepared.</summary>
    AllGiven = 17,

    /// <summary>Everything was prepared, nothing is in place.</summary>
    Prepared = 18,
}
