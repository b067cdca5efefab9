namespace Conn.Repository.Sets;

/// <summary>One stored stream.</summary>
/// <param name="Sections">Number of sections.</param>
/// <param name="Bytes">Plain bytes.</param>
/// <param name="StoredBytes">Bytes on storage, section headers and references included.</param>
public sealed record StreamInfo(long Sections, long Bytes, long StoredBytes)
{
    /// <summary>Segment of the part in which its first section begins.</summary>
    internal int Segment { get; init; }

    /// <summary>Offset of its first section in that segment.</summary>
    internal long Offset { get; init; }
}
