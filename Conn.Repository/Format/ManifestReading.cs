using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>Reads the value of a manifest, and refuses one whose values contradict each other.</summary>
internal static class ManifestReading
{
    public static ManifestRecord Read(ref RecordReader reader)
    {
        reader.Fields(11);
        Hash128 repository = reader.Hash();
        SetId id = reader.SetId();
        long sequence = reader.Number(1, FormatLimits.MaxNumber);
        DateTimeOffset time = reader.Time();
        SetOutcome outcome = (SetOutcome)reader.Number(0, (int)SetOutcome.Failed);
        bool copyOnly = reader.Flag();
        ReadBack readBack = (ReadBack)reader.Number(0, (int)ReadBack.Cached);
        string host = reader.Text(0, FormatLimits.MaxNameLength);
        IReadOnlyList<string> tags = reader.Texts(FormatLimits.MaxTags, FormatLimits.MaxNameLength);
        IndexedSet? previous = reader.TryNil() ? null : Previous(ref reader, sequence);
        List<OwnerPart> parts = [];
        HashSet<uint> sids = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int left = reader.Count(FormatLimits.MaxParts); left > 0; left--)
        {
            OwnerPart part = Part(ref reader, id, sequence, parts.Count);
            parts.Add(sids.Add(part.Sid) && names.Add(part.Name) ? part : throw reader.Damaged("it has two parts of one owner"));
        }

        RequireSums(ref reader, parts);

        return new ManifestRecord(repository, new BackupSet
        {
            Id = id,
            Sequence = sequence,
            Time = time,
            Outcome = outcome,
            CopyOnly = copyOnly,
            ReadBack = readBack,
            Host = host,
            Tags = tags,
            Previous = previous,
            Parts = parts,
        });
    }

    private static IndexedSet Previous(ref RecordReader reader, long sequence)
    {
        reader.Fields(3);
        return new IndexedSet(reader.SetId(), reader.Number(1, sequence - 1), reader.Sha());
    }

    // Whoever adds up the sizes of a set gets a number that makes sense.
    private static void RequireSums(ref RecordReader reader, List<OwnerPart> parts)
    {
        decimal plain = 0;
        decimal stored = 0;
        decimal total = 0;
        foreach (OwnerPart part in parts)
        {
            total += Math.Max(0, part.TotalBytes);
            stored += part.Segments.Aggregate(0m, static (sum, segment) => sum + segment.Bytes);
            plain += Streams(part).Aggregate(0m, static (sum, stream) => sum + stream.Bytes);
        }

        if (plain > FormatLimits.MaxBytes || stored > FormatLimits.MaxBytes || total > FormatLimits.MaxBytes)
        {
            throw reader.Damaged("its sizes add up to more than a set may have");
        }
    }

    private static IEnumerable<StreamInfo> Streams(OwnerPart part) =>
        part.Drives.SelectMany(static drive => new[] { drive.Data, drive.Snapshot }).OfType<StreamInfo>();

    private static OwnerPart Part(ref RecordReader reader, SetId set, long sequence, int number)
    {
        reader.Fields(16);
        string name = reader.Text(1, FormatLimits.MaxNameLength);
        uint sid = (uint)reader.Number(0, uint.MaxValue);
        string kind = reader.Text(0, FormatLimits.MaxKindLength);
        string source = reader.Text(0, FormatLimits.MaxSourceLength);
        uint version = (uint)reader.Number(0, uint.MaxValue);
        SetId? parent = null;
        if (!reader.TryNil())
        {
            reader.Fields(1);
            parent = reader.SetId();
        }

        OwnerPart part = new()
        {
            Set = set,
            Sequence = sequence,
            Number = number,
            Name = name,
            Sid = sid,
            Kind = kind,
            Source = source,
            DataVersion = version,
            Parent = parent,
            Outcome = (PartOutcome)reader.Number(0, (int)PartOutcome.Failed),
            ErrorCode = (int)reader.Number(int.MinValue, int.MaxValue),
            Type = (PartType)reader.Number(0, (int)PartType.Proxied),
            Why = reader.Text(0, FormatLimits.MaxTextLength),
            Notes = reader.Texts(FormatLimits.MaxTexts, FormatLimits.MaxTextLength),
            Errors = reader.Texts(FormatLimits.MaxTexts, FormatLimits.MaxTextLength),
            HeldMilliseconds = reader.Number(0, FormatLimits.MaxNumber),
            TotalBytes = reader.TryNil() ? -1 : reader.Number(0, FormatLimits.MaxBytes),
            Drives = Drives(ref reader),
            Segments = Segments(ref reader),
        };
        RequireAgreement(ref reader, part);
        return part;
    }

    private static List<DriveStreams> Drives(ref RecordReader reader)
    {
        List<DriveStreams> drives = [];
        for (int left = reader.Count(FormatLimits.MaxDrive + 1); left > 0; left--)
        {
            reader.Fields(3);
            byte drive = (byte)reader.Number(drives.Count == 0 ? 0 : drives[^1].Drive + 1, FormatLimits.MaxDrive);
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
        int segment = (int)reader.Number(0, int.MaxValue);
        long offset = reader.Number(0, FormatLimits.MaxBytes);
        long sections = reader.Number(0, FormatLimits.MaxBytes / SectionHeader.Bytes);
        long bytes = reader.Number(sections, Math.Min(FormatLimits.MaxBytes, sections * FormatLimits.MaxSectionBytes));
        return new StreamInfo(sections, bytes, reader.Number(sections, FormatLimits.MaxBytes)) { Segment = segment, Offset = offset };
    }

    private static List<SegmentInfo> Segments(ref RecordReader reader)
    {
        List<SegmentInfo> segments = [];
        for (int left = reader.Count(FormatLimits.MaxSegments); left > 0; left--)
        {
            reader.Fields(3);
            long bytes = reader.Number(SegmentHeader.Bytes + SectionHeader.Bytes, FormatLimits.MaxBytes);
            long sections = reader.Number(1, bytes / SectionHeader.Bytes);
            segments.Add(new SegmentInfo(bytes, sections, reader.Hash()));
        }

        return segments;
    }

    // Streams and segments both state counts and sizes; their sums must be equal.
    private static void RequireAgreement(ref RecordReader reader, OwnerPart part)
    {
        if ((part.Type == PartType.Increment) != part.Parent is not null)
        {
            throw reader.Damaged($"a part of type {part.Type} has {(part.Parent is null ? "no" : "a")} parent");
        }

        if (!part.IsStored && (part.Drives.Count > 0 || part.Segments.Count > 0))
        {
            throw reader.Damaged("a part that stored nothing has data");
        }

        decimal sections = 0;
        decimal stored = 0;
        foreach (StreamInfo stream in Streams(part))
        {
            sections += stream.Sections;
            stored += stream.StoredBytes;
            if (stream.Sections > 0 && stream.Segment >= part.Segments.Count)
            {
                throw reader.Damaged("a stream begins in a segment that does not exist");
            }
        }

        foreach (SegmentInfo segment in part.Segments)
        {
            sections -= segment.Sections;
            stored -= segment.Bytes - SegmentHeader.Bytes;
        }

        if (sections != 0 || stored != 0)
        {
            throw reader.Damaged("the sums of its streams and of its segments differ");
        }
    }
}
