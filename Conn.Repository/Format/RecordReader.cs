using MessagePack;

namespace Conn.Repository.Format;

/// <summary>Reads the payload of one record; whatever the bytes are, it ends with a value in range or with Damaged, and allocates no more than they could hold.</summary>
internal ref struct RecordReader
{
    private readonly RecordKind _kind;
    private MessagePackReader _reader;

    private RecordReader(RecordKind kind, ReadOnlyMemory<byte> payload)
    {
        _kind = kind;
        _reader = new MessagePackReader(payload);
    }

    public delegate T Reading<T>(ref RecordReader reader);

    /// <summary>Opens the envelope and reads all of the payload with one function.</summary>
    public static T Read<T>(RecordKind kind, ReadOnlyMemory<byte> record, Reading<T> reading)
    {
        var reader = new RecordReader(kind, CheckedRecord.Open(kind, record));
        try
        {
            var value = reading(ref reader);
            return reader._reader.End ? value : throw CheckedRecord.Damaged(kind, "something follows its value");
        }
        // ArgumentException: what MessagePack's reader throws itself for some lengths beyond the end.
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw CheckedRecord.Damaged(kind, "its value cannot be read", error);
        }
    }

    public readonly RepositoryException Damaged(string why) => CheckedRecord.Damaged(_kind, why);

    /// <summary>Header of an array with a fixed number of fields.</summary>
    public void Fields(int count) => Fields(count, count);

    /// <summary>Header of an array whose last fields may be left out. Gives how many there are.</summary>
    public int Fields(int least, int most)
    {
        var count = _reader.ReadArrayHeader();
        return count >= least && count <= most ? count : throw Damaged("a field is missing, or one too many");
    }

    /// <summary>Header of a list. The reader has checked that each item could have at least one byte.</summary>
    public int Count() => _reader.ReadArrayHeader();

    public bool TryNil() => _reader.TryReadNil();

    public bool Flag() => _reader.ReadBoolean();

    public long Number(long least, long most)
    {
        var value = _reader.ReadInt64();
        return value >= least && value <= most ? value : throw Damaged($"{value} is not between {least} and {most}");
    }

    public byte[] Bytes(int least, int most)
    {
        var bytes = _reader.ReadBytes() ?? throw Damaged("bytes are missing");
        if (bytes.Length < least || bytes.Length > most)
        {
            throw Damaged($"{bytes.Length} bytes where {least} to {most} may be");
        }

        var copy = new byte[(int)bytes.Length];
        var at = 0;
        foreach (var piece in bytes)
        {
            piece.Span.CopyTo(copy.AsSpan(at));
            at += piece.Length;
        }

        return copy;
    }

    public string Text(int least, int most)
    {
        var text = _reader.ReadString() ?? throw Damaged("a text is missing");
        return text.Length >= least && text.Length <= most ? text : throw Damaged($"a text of {text.Length} characters where {least} to {most} may be");
    }

    public IReadOnlyList<string> Texts()
    {
        var count = Count();
        var texts = new List<string>(Math.Min(count, 64));
        for (var i = 0; i < count; i++)
        {
            texts.Add(Text(0, FormatLimits.MaxTextLength));
        }

        return texts;
    }
}
