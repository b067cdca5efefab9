using Conn.Repository.Sets;

namespace Conn.Repository.Checks;

/// <summary>Compares the content of the segments of a part with the streams that its manifest states.</summary>
internal static class PartCheck
{
    /// <summary>Compares a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="segments">The runs of each of its segments, in order.</param>
    /// <returns>The difference as a sentence, or null.</returns>
    public static string? Compare(OwnerPart part, IReadOnlyList<IReadOnlyList<SegmentRun>> segments)
    {
        Dictionary<(byte Drive, StreamKind Kind), StreamInfo> found = [];
        for (int segment = 0; segment < segments.Count; segment++)
        {
            foreach (SegmentRun run in segments[segment])
            {
                StreamInfo before = found.GetValueOrDefault((run.Drive, run.Kind)) ?? new StreamInfo(0, 0, 0) { Segment = segment, Offset = run.Offset };
                if (run.FirstNumber != before.Sections)
                {
                    return $"Section {before.Sections} of the {run.Kind} stream of drive {(char)('A' + run.Drive)} is missing or out of order.";
                }

                found[(run.Drive, run.Kind)] = before with
                {
                    Sections = before.Sections + run.Sections,
                    Bytes = before.Bytes + run.Bytes,
                    StoredBytes = before.StoredBytes + run.StoredBytes,
                };
            }
        }

        foreach (DriveStreams drive in part.Drives)
        {
            foreach (StreamKind kind in new[] { StreamKind.Data, StreamKind.Snapshot })
            {
                found.Remove((drive.Drive, kind), out StreamInfo? stored);
                if (drive.Stream(kind) is { Sections: > 0 } stated && stated != stored)
                {
                    return $"The {kind} stream of drive {(char)('A' + drive.Drive)} differs from the manifest.";
                }
            }
        }

        return found.Count == 0 ? null : "Its segments hold a stream that the manifest does not state.";
    }
}
