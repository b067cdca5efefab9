namespace Conn.Repository.Sets;

/// <summary>Represents one stored stream.</summary>
/// <param name="Sections">Number of sections.</param>
/// <param name="Bytes">Number of plain bytes.</param>
/// <param name="StoredBytes">Number of stored bytes, with section headers and references.</param>
public sealed record StreamInfo(long Sections, long Bytes, long StoredBytes)
{
    /// <summary>Number of the segment in which its first section begins.</summary>
    internal int Segment { get; init; }

    /// <summary>Offset of its first section in that segment.</summary>
    internal long Offset { get; init; }
}
