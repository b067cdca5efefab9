using Conn.Repository.Sets;

namespace Conn.Repository.Checks;

/// <summary>Consecutive sections of one stream in one segment.</summary>
internal sealed record SegmentRun(StreamKind Kind, byte Drive, long FirstNumber, long Offset)
{
    public long Sections { get; set; }

    public long Bytes { get; set; }

    public long StoredBytes { get; set; }
}
