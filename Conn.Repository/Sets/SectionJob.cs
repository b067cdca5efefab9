namespace Conn.Repository.Sets;

/// <summary>One section in the pipeline. Its position is its place in the order of appending.</summary>
internal readonly record struct SectionJob(long Position, SectionStreamWriter Stream, byte[] Plain, int Bytes, long Number);
