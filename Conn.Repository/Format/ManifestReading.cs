using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>Reads the value of a manifest and refuses one that does not agree with itself.</summary>
internal static class ManifestReading
{
    public static ManifestRecord Read(ref RecordReader reader)
    {
        reader.Fields(8);
        UInt128 repository = reader.Hash();
        SetId id = reader.SetId();
        var sequence = reader.Number(1, long.MaxValue);
        DateTimeOffset time = reader.Time();
        var outcome = (SetOutcome)reader.Number(0, (int)SetOutcome.Failed);
        var copyOnly = reader.Flag();
        var readBack = (ReadBack)reader.Number(0, (int)ReadBack.Cached);
        var parts = new List<OwnerPart>();
        var sids = new HashSet<uint>();
        for (var left = reader.Count(); left > 0; left--)
        {
            var part = Part(ref reader, id, sequence, parts.Count);
            parts.Add(sids.Add(part.Sid) ? part : throw reader.Damaged("an owner is in it twice"));
        }

        return new ManifestRecord(repository, new BackupSet
        {
            Id = id,
            Sequence = sequence,
            Time = time,
            Outcome = outcome,
            CopyOnly = copyOnly,
            ReadBack = readBack,
            Parts = parts,
        });
    }

    private static OwnerPart Part(ref RecordReader reader, SetId set, long sequence, int number)
    {
        var hasVersion = reader.Fields(13, 14) == 14;
        var name = reader.Text(1, FormatLimits.MaxNameLength);
        var sid = (uint)reader.Number(0, uint.MaxValue);
        var kind = reader.Text(0, FormatLimits.MaxKindLength);
        SetId? parent = null;
        if (!reader.TryNil())
        {
            reader.Fields(1);
            parent = reader.SetId();
        }

        var part = new OwnerPart
        {
            Set = set,
            Sequence = sequence,
            Number = number,
            Name = name,
            Sid = sid,
            Kind = kind,
            Parent = parent,
            Outcome = (PartOutcome)reader.Number(0, (int)PartOutcome.Failed),
            ErrorCode = (int)reader.Number(int.MinValue, int.MaxValue),
            Type = (PartType)reader.Number(0, (int)PartType.Proxied),
            Why = reader.Text(0, FormatLimits.MaxTextLength),
            Notes = reader.Texts(),
            Errors = reader.Texts(),
            HeldMilliseconds = reader.Number(0, long.MaxValue),
            Drives = Drives(ref reader),
            Segments = Segments(ref reader),
            // Version 0 has one form: it is left out.
            DataVersion = hasVersion ? (uint)reader.Number(1, uint.MaxValue) : 0,
        };
        Agree(ref reader, part);
        return part;
    }

    private static List<DriveStreams> Drives(ref RecordReader reader)
    {
        var drives = new List<DriveStreams>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(3);
            var drive = (byte)reader.Number(drives.Count == 0 ? 0 : drives[^1].Drive + 1, FormatLimits.MaxDrive);
            drives.Add(new DriveStreams(drive, Stream(ref reader), Stream(ref reader)));
        }

        return drives;
    }

    private static StreamInfo? Stream(ref RecordReader reader)
    {
        if (reader.TryNil())
        {
            return null;
        }

        reader.Fields(5);
        var segment = (int)reader.Number(0, int.MaxValue);
        var offset = reader.Number(0, long.MaxValue);
        var sections = reader.Number(0, long.MaxValue / FormatLimits.MaxSectionBytes);
        var bytes = reader.Number(sections, sections * FormatLimits.MaxSectionBytes);
        return new StreamInfo(sections, bytes, reader.Number(sections, long.MaxValue)) { Segment = segment, Offset = offset };
    }

    private static List<SegmentInfo> Segments(ref RecordReader reader)
    {
        var segments = new List<SegmentInfo>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(3);
            var bytes = reader.Number(SegmentHeader.Bytes + SectionHeader.Bytes, long.MaxValue);
            var sections = reader.Number(1, bytes / SectionHeader.Bytes);
            segments.Add(new SegmentInfo(bytes, sections, reader.Hash()));
        }

        return segments;
    }

    // Counts and sizes are stated twice, for streams and for segments: they must add up.
    private static void Agree(ref RecordReader reader, OwnerPart part)
    {
        if ((part.Type == PartType.Increment) != part.Parent is not null)
        {
            throw reader.Damaged($"a part of type {part.Type} has {(part.Parent is null ? "no" : "a")} parent");
        }

        if (!part.IsStored && (part.Drives.Count > 0 || part.Segments.Count > 0))
        {
            throw reader.Damaged("an owner that stored nothing has data");
        }

        Int128 sections = 0;
        Int128 stored = 0;
        foreach (var stream in part.Drives.SelectMany(static drive => new[] { drive.Data, drive.Snapshot }).OfType<StreamInfo>())
        {
            sections += stream.Sections;
            stored += stream.StoredBytes;
            if (stream.Sections > 0 && stream.Segment >= part.Segments.Count)
            {
                throw reader.Damaged("a stream begins in a file that is not there");
            }
        }

        foreach (var segment in part.Segments)
        {
            sections -= segment.Sections;
            stored -= segment.Bytes - SegmentHeader.Bytes;
        }

        if (sections != 0 || stored != 0)
        {
            throw reader.Damaged("its streams and its files do not add up");
        }
    }
}
