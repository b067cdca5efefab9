using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>A data file to which nothing is appended any more; whoever holds it closes the writer.</summary>
internal sealed record FinishedSegment(IStoredFileWriter Writer, SegmentHeader Identity, SegmentInfo Info, PartFailure Failure);
