using System.Buffers;
using Conn.Repository.Sets;
using MessagePack;

namespace Conn.Repository.Format;

/// <summary>
/// Reads the payload of one record. Invariant: for any bytes, a call returns a value in range or throws Damaged,
/// and allocates no more than the bytes can hold.
/// </summary>
internal ref struct RecordReader
{
    private readonly RecordKind _kind;
    private MessagePackReader _reader;

    private RecordReader(RecordKind kind, int version, ReadOnlyMemory<byte> payload)
    {
        _kind = kind;
        IsExtended = version == FormatLimits.ExtendedVersion;
        _reader = new MessagePackReader(payload);
    }

    public delegate T Reading<T>(ref RecordReader reader);

    /// <summary>True if the record has <see cref="FormatLimits.ExtendedVersion"/>.</summary>
    public bool IsExtended { get; }

    /// <summary>Opens the envelope and reads all of the payload with one function.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat.</exception>
    public static T Read<T>(RecordKind kind, ReadOnlyMemory<byte> record, Reading<T> reading)
    {
        ReadOnlyMemory<byte> payload = CheckedRecord.Open(kind, record);
        RecordReader reader = new(kind, CheckedRecord.VersionOf(record.Span), payload);
        try
        {
            T value = reading(ref reader);
            return reader._reader.End ? value : throw CheckedRecord.Damaged(kind, "bytes follow its value");
        }
        // MessagePack's reader throws ArgumentException for some lengths beyond the end.
        catch (Exception error) when (
            error is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw CheckedRecord.Damaged(kind, "its value cannot be read", error);
        }
    }

    public readonly RepositoryException Damaged(string why) => CheckedRecord.Damaged(_kind, why);

    /// <summary>Reads the header of an array with a fixed number of fields.</summary>
    public void Fields(int count)
    {
        int found = _reader.ReadArrayHeader();
        if (found != count)
        {
            throw Damaged($"{found} fields where {count} are expected");
        }
    }

    /// <summary>Reads the header of a list. MessagePack's reader has checked that at least one byte is left for each item; an item takes far more memory than that.</summary>
    public int Count(int most)
    {
        int count = _reader.ReadArrayHeader();
        return count <= most ? count : throw Damaged($"a list of {count} where at most {most} are allowed");
    }

    public bool TryNil() => _reader.TryReadNil();

    public bool Flag() => _reader.ReadBoolean();

    public long Number(long least, long most)
    {
        long value = _reader.ReadInt64();
        return value >= least && value <= most ? value : throw Damaged($"{value} is not between {least} and {most}");
    }

    public DateTimeOffset Time() => new(Number(0, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    public byte[] Bytes(int least, int most)
    {
        ReadOnlySequence<byte> bytes = _reader.ReadBytes() ?? throw Damaged("bytes are missing");
        return bytes.Length >= least && bytes.Length <= most ? bytes.ToArray() : throw Damaged($"{bytes.Length} bytes where {least} to {most} are allowed");
    }

    public Hash128 Hash() => Hash128.ReadBigEndian(Bytes(FormatLimits.HashBytes, FormatLimits.HashBytes));

    public Sha256Hash Sha() => Sha256Hash.Read(Bytes(FormatLimits.ShaBytes, FormatLimits.ShaBytes));

    public SetId SetId() => Sets.SetId.TryParse(Text(Sets.SetId.Length, Sets.SetId.Length), out SetId id) ? id : throw Damaged("an id is not one");

    public string Text(int least, int most)
    {
        string text = _reader.ReadString() ?? throw Damaged("a text is missing");
        return text.Length >= least && text.Length <= most ? text : throw Damaged($"a text of {text.Length} characters where {least} to {most} are allowed");
    }

    public IReadOnlyList<string> Texts(int most, int longest)
    {
        int count = Count(most);
        List<string> texts = new(Math.Min(count, 64));
        for (int i = 0; i < count; i++)
        {
            texts.Add(Text(0, longest));
        }

        return texts;
    }
}
