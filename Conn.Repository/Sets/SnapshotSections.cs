using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>The places of the snapshot sections of a parent, by their SHA-256. They are hints: a writer reads a section before it refers to it.</summary>
internal sealed class SnapshotSections
{
    // 262 144 places take about 40 MiB. The sections of a snapshot beyond them are stored again.
    private const int MaxSections = 1 << 18;

    private readonly Dictionary<Sha256Hash, SectionReference> _places;

    private SnapshotSections(Dictionary<Sha256Hash, SectionReference> places) => _places = places;

    public static async ValueTask<SnapshotSections> LoadAsync(
        IRepositoryStorage storage, OwnerPart part, byte drive, StreamInfo stream, CancellationToken cancellationToken)
    {
        Dictionary<Sha256Hash, SectionReference> places = [];
        SectionFrame frame = new();
        await using StreamCursor cursor = new(storage, part, drive, StreamKind.Snapshot, stream);
        while (places.Count < MaxSections && await cursor.ReadAsync(frame, headerOnly: true, cancellationToken))
        {
            SectionReference place = new(part.Set, part.Number, frame.Segment, frame.Offset);
            if (frame.Header.Encoding == SectionEncoding.Reference && !SectionReference.TryRead(frame.Body.Span, out place))
            {
                continue;
            }

            places[frame.Header.Sha] = place;
        }

        return new SnapshotSections(places);
    }

    public bool TryFind(Sha256Hash sha, out SectionReference place) => _places.TryGetValue(sha, out place);
}
