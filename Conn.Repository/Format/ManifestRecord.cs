using System.Buffers.Binary;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>A manifest: the set it describes, bound to its repository. What was read is in range and agrees with itself.</summary>
internal sealed record ManifestRecord(byte[] RepositoryId, BackupSet Set)
{
    public byte[] Seal()
    {
        var writer = new RecordWriter();
        writer.Array(8);
        writer.Bytes(RepositoryId);
        writer.Text(Set.Id.Text);
        writer.Number(Set.Sequence);
        writer.Number(Set.Time.UtcTicks);
        writer.Number((int)Set.Outcome);
        writer.Flag(Set.CopyOnly);
        writer.Number((int)Set.ReadBack);
        writer.Array(Set.Parts.Count);
        foreach (var part in Set.Parts)
        {
            Write(ref writer, part);
        }

        return writer.Seal(RecordKind.Manifest);
    }

    public static ManifestRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Manifest, record, ManifestReading.Read);

    private static void Write(ref RecordWriter writer, OwnerPart part)
    {
        writer.Array(part.DataVersion == 0 ? 13 : 14);
        writer.Text(part.Name);
        writer.Number(part.Sid);
        writer.Text(part.Kind);
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
        writer.Text(part.Grade);
        writer.Text(part.Why);
        writer.Texts(part.Notes);
        writer.Texts(part.Errors);
        writer.Number(part.HeldMilliseconds);
        writer.Array(part.Drives.Count);
        foreach (var drive in part.Drives)
        {
            writer.Array(3);
            writer.Number(drive.Drive);
            Write(ref writer, drive.Data);
            Write(ref writer, drive.Snapshot);
        }

        writer.Array(part.Segments.Count);
        var digest = new byte[FormatLimits.HashBytes];
        foreach (var segment in part.Segments)
        {
            writer.Array(3);
            writer.Number(segment.Bytes);
            writer.Number(segment.Sections);
            BinaryPrimitives.WriteUInt128BigEndian(digest, segment.Digest);
            writer.Bytes(digest);
        }

        if (part.DataVersion != 0)
        {
            writer.Number(part.DataVersion);
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
