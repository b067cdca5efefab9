namespace Conn.Repository.Sets;

/// <summary>One submitted section on its way: its ticket is its place in the order of appending.</summary>
internal readonly record struct SectionJob(long Ticket, SectionStreamWriter Stream, byte[] Plain, int Bytes, long Number);
