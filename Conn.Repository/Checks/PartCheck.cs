using Conn.Repository.Sets;

namespace Conn.Repository.Checks;

/// <summary>Compares what the files of a part hold with what the manifest says of its streams.</summary>
internal static class PartCheck
{
    /// <summary>What does not agree, or null.</summary>
    /// <param name="part">The part.</param>
    /// <param name="segments">The runs of each of its files, in order.</param>
    public static string? Compare(OwnerPart part, IReadOnlyList<IReadOnlyList<SegmentRun>> segments)
    {
        var found = new Dictionary<(byte Drive, StreamKind Kind), StreamInfo>();
        for (var segment = 0; segment < segments.Count; segment++)
        {
            foreach (var run in segments[segment])
            {
                var before = found.GetValueOrDefault((run.Drive, run.Kind)) ?? new StreamInfo(0, 0, 0) { Segment = segment, Offset = run.Offset };
                if (run.FirstNumber != before.Sections)
                {
                    return $"Section {before.Sections} of the {run.Kind} stream of drive {(char)('A' + run.Drive)} is not where it should be.";
                }

                found[(run.Drive, run.Kind)] = before with
                {
                    Sections = before.Sections + run.Sections,
                    Bytes = before.Bytes + run.Bytes,
                    StoredBytes = before.StoredBytes + run.StoredBytes,
                };
            }
        }

        foreach (var drive in part.Drives)
        {
            foreach (var kind in new[] { StreamKind.Data, StreamKind.Snapshot })
            {
                found.Remove((drive.Drive, kind), out var stored);
                if (drive.Stream(kind) is { Sections: > 0 } stated && stated != stored)
                {
                    return $"The {kind} stream of drive {(char)('A' + drive.Drive)} is not what the manifest states.";
                }
            }
        }

        return found.Count == 0 ? null : "Its files hold a stream that the manifest does not know.";
    }
}
