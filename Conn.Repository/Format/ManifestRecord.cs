using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A manifest: a set, bound to its repository. Invariant of a manifest that was read: all values are in range and agree with each other.</summary>
internal sealed record ManifestRecord(Hash128 RepositoryId, BackupSet Set) : IStoredRecord<ManifestRecord>
{
    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(11);
        writer.Hash(RepositoryId);
        writer.Text(Set.Id.Text);
        writer.Number(Set.Sequence);
        writer.Number(Set.Time.UtcTicks);
        writer.Number((int)Set.Outcome);
        writer.Flag(Set.CopyOnly);
        writer.Number((int)Set.ReadBack);
        writer.Text(Set.Host);
        writer.Texts(Set.Tags);
        if (Set.Previous is { } previous)
        {
            writer.Array(3);
            writer.Text(previous.Id.Text);
            writer.Number(previous.Sequence);
            writer.Sha(previous.ManifestSha);
        }
        else
        {
            writer.Nil();
        }

        writer.Array(Set.Parts.Count);
        foreach (OwnerPart part in Set.Parts)
        {
            Write(ref writer, part);
        }

        return writer.Seal(RecordKind.Manifest);
    }

    public static ManifestRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Manifest, record, ManifestReading.Read);

    public bool IsSameAs(ManifestRecord other) =>
        RepositoryId == other.RepositoryId
        && Set with { Parts = [], Tags = [] } == other.Set with { Parts = [], Tags = [] }
        && Set.Tags.SequenceEqual(other.Set.Tags)
        && Set.Parts.Count == other.Set.Parts.Count
        && Set.Parts.Zip(other.Set.Parts).All(static pair => AreSame(pair.First, pair.Second));

    private static bool AreSame(OwnerPart left, OwnerPart right) =>
        WithoutLists(left) == WithoutLists(right)
        && left.Notes.SequenceEqual(right.Notes) && left.Errors.SequenceEqual(right.Errors)
        && left.Drives.SequenceEqual(right.Drives) && left.Segments.SequenceEqual(right.Segments);

    private static OwnerPart WithoutLists(OwnerPart part) => part with { Notes = [], Errors = [], Drives = [], Segments = [] };

    private static void Write(ref RecordWriter writer, OwnerPart part)
    {
        writer.Array(16);
        writer.Text(part.Name);
        writer.Number(part.Sid);
        writer.Text(part.Kind);
        writer.Text(part.Source);
        writer.Number(part.DataVersion);
        if (part.Parent is { } parent)
        {
            writer.Array(1);
            writer.Text(parent.Text);
        }
        else
        {
            writer.Nil();
        }

        writer.Number((int)part.Outcome);
        writer.Number(part.ErrorCode);
        writer.Number((int)part.Type);
        writer.Text(part.Why);
        writer.Texts(part.Notes);
        writer.Texts(part.Errors);
        writer.Number(part.HeldMilliseconds);
        if (part.TotalBytes >= 0)
        {
            writer.Number(part.TotalBytes);
        }
        else
        {
            writer.Nil();
        }

        writer.Array(part.Drives.Count);
        foreach (DriveStreams drive in part.Drives)
        {
            writer.Array(3);
            writer.Number(drive.Drive);
            Write(ref writer, drive.Data);
            Write(ref writer, drive.Snapshot);
        }

        writer.Array(part.Segments.Count);
        foreach (SegmentInfo segment in part.Segments)
        {
            writer.Array(3);
            writer.Number(segment.Bytes);
            writer.Number(segment.Sections);
            writer.Hash(segment.Digest);
        }
    }

    private static void Write(ref RecordWriter writer, StreamInfo? stream)
    {
        if (stream is null)
        {
            writer.Nil();
            return;
        }

        writer.Array(5);
        writer.Number(stream.Segment);
        writer.Number(stream.Offset);
        writer.Number(stream.Sections);
        writer.Number(stream.Bytes);
        writer.Number(stream.StoredBytes);
    }
}
