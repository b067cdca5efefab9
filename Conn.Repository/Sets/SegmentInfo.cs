namespace Conn.Repository.Sets;

/// <summary>One data file: its length, its number of sections, and a digest that binds their order.</summary>
internal sealed record SegmentInfo(long Bytes, long Sections, UInt128 Digest);
