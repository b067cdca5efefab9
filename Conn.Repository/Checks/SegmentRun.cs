using Conn.Repository.Sets;

namespace Conn.Repository.Checks;

/// <summary>Sections of one stream that lie behind each other in one data file.</summary>
internal sealed record SegmentRun(StreamKind Kind, byte Drive, long FirstNumber, long Offset)
{
    public long Sections { get; set; }

    public long Bytes { get; set; }

    public long StoredBytes { get; set; }
}
