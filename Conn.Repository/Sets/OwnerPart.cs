namespace Conn.Repository.Sets;

/// <summary>What one backup set holds of one data owner. Immutable.</summary>
public sealed record OwnerPart
{
    /// <summary>Set it belongs to.</summary>
    public required SetId Set { get; init; }

    /// <summary>Sequence of that set.</summary>
    public required long Sequence { get; init; }

    /// <summary>Name of the owner.</summary>
    public required string Name { get; init; }

    /// <summary>Secure id of the owner.</summary>
    public required uint Sid { get; init; }

    /// <summary>What made the owner's data, a word of the host's; empty when it said nothing.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Version of the layout of the owner's data, a number of the owner's own; 0 when it said nothing.</summary>
    public uint DataVersion { get; init; }

    /// <summary>What it holds. A part that stored nothing has the type that it was to have.</summary>
    public PartType Type { get; init; }

    /// <summary>The set whose part of the same owner this one continues; null unless <see cref="Type"/> is <see cref="PartType.Increment"/>.</summary>
    public SetId? Parent { get; init; }

    /// <summary>How it ended.</summary>
    public required PartOutcome Outcome { get; init; }

    /// <summary>The owner's error code; 0 when there was no error.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Why it was done this way (a base although an increment was possible, for example); empty when there is nothing to say.</summary>
    public string Why { get; init; } = "";

    /// <summary>What the owner remarked; nothing is wrong.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What went wrong: what was left out, why it failed.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>How long the owner was held prepared, in milliseconds.</summary>
    public long HeldMilliseconds { get; init; }

    /// <summary>Drives, in rising order; empty when nothing is stored.</summary>
    public IReadOnlyList<DriveStreams> Drives { get; init; } = [];

    /// <summary>Plain bytes of its data streams (snapshots do not count).</summary>
    public long Bytes => Drives.Sum(static drive => drive.Data?.Bytes ?? 0);

    /// <summary>Bytes it takes on storage, snapshots and headers included.</summary>
    public long StoredBytes => Segments.Sum(static segment => segment.Bytes);

    /// <summary>True when its data is stored: succeeded or incomplete.</summary>
    public bool IsStored => Outcome is PartOutcome.Succeeded or PartOutcome.Incomplete;

    /// <summary>Place of the part in its set, from 0; names its files.</summary>
    internal int Number { get; init; }

    /// <summary>Its data files in order.</summary>
    internal IReadOnlyList<SegmentInfo> Segments { get; init; } = [];

    /// <summary>What it holds of a drive, or null.</summary>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <returns>The streams, or null.</returns>
    public DriveStreams? Drive(byte drive) => Drives.FirstOrDefault(streams => streams.Drive == drive);
}
