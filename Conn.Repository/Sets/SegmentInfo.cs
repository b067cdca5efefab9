namespace Conn.Repository.Sets;

/// <summary>A segment file as the manifest describes it: length, number of sections, and a digest that binds the sections and their order.</summary>
internal sealed record SegmentInfo(long Bytes, long Sections, Hash128 Digest);
