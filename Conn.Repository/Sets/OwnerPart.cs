namespace Conn.Repository.Sets;

/// <summary>Represents the part of one data owner in a backup set. Immutable.</summary>
public sealed record OwnerPart
{
    /// <summary>Gets the id of the set.</summary>
    public required SetId Set { get; init; }

    /// <summary>Gets the sequence of the set.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the name of the owner.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the secure id of the owner.</summary>
    public required uint Sid { get; init; }

    /// <summary>Gets the kind of the owner, a word of the host; empty when the host gave none.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Gets where the data came from, a place of the host such as a path; empty when the host gave none.</summary>
    public string Source { get; init; } = "";

    /// <summary>Gets the version of the layout of the owner's data, a number that the owner chooses; 0 when it gave none.</summary>
    public uint DataVersion { get; init; }

    /// <summary>Gets the type. For a part that stored nothing, it is the type that was planned.</summary>
    public PartType Type { get; init; }

    /// <summary>Gets the set whose part of the same owner an increment continues; null for every other <see cref="Type"/>.</summary>
    public SetId? Parent { get; init; }

    /// <summary>Gets the outcome.</summary>
    public required PartOutcome Outcome { get; init; }

    /// <summary>Gets the error code of the owner; 0 when there was no error.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Gets the reason for the type, for example why a base was made although an increment was possible; empty when there is none.</summary>
    public string Why { get; init; } = "";

    /// <summary>Gets remarks of the owner that are not errors.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Gets the errors: what is missing, and why the owner failed.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Gets how long the owner was held prepared, in milliseconds.</summary>
    public long HeldMilliseconds { get; init; }

    /// <summary>Gets the size of all data of the owner as a restore writes it, in bytes, also for an increment; -1 when the owner did not say it.</summary>
    public long TotalBytes { get; init; } = -1;

    /// <summary>Gets the drives by rising index; empty when nothing is stored.</summary>
    public IReadOnlyList<DriveStreams> Drives { get; init; } = [];

    /// <summary>Gets the number of plain bytes of the data streams, without snapshots.</summary>
    public long Bytes => Drives.Sum(static drive => drive.Data?.Bytes ?? 0);

    /// <summary>Gets the number of stored bytes, with snapshots and headers.</summary>
    public long StoredBytes => Segments.Sum(static segment => segment.Bytes);

    /// <summary>Gets whether the part cannot be restored any more, because a prune deleted sets that only this part and others like it needed. Its set is kept for
    /// another owner.</summary>
    public bool IsPruned { get; init; }

    /// <summary>Gets whether the part is stored: its outcome is succeeded or incomplete, and it is not pruned.</summary>
    public bool IsStored => Outcome is PartOutcome.Succeeded or PartOutcome.Incomplete && !IsPruned;

    /// <summary>Position of the part in its set, from 0. It names the segment files.</summary>
    internal int Number { get; init; }

    /// <summary>The segment files in order.</summary>
    internal IReadOnlyList<SegmentInfo> Segments { get; init; } = [];

    /// <summary>Gets the streams of a drive.</summary>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <returns>The streams, or null.</returns>
    public DriveStreams? Drive(byte drive) => Drives.FirstOrDefault(streams => streams.Drive == drive);
}
