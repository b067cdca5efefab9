using Conn.Repository.Checks;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>A segment file to which nothing is appended any more. The finisher closes its writer.</summary>
internal sealed record FinishedSegment(IStoredFileWriter Writer, SegmentHeader Identity, SegmentInfo Info, PartFailure Failure)
{
    /// <summary>The runs of sections that were read back. The finisher sets them, unless the part has failed.</summary>
    public IReadOnlyList<SegmentRun> Runs { get; set; } = [];
}
