using System.Buffers;
using MessagePack;

namespace Conn.Repository.Format;

/// <summary>Writes the payload of one record as MessagePack, field by field in the order of docs/format.md.</summary>
internal ref struct RecordWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;
    private MessagePackWriter _writer;

    public RecordWriter()
    {
        _buffer = new ArrayBufferWriter<byte>();
        _writer = new MessagePackWriter(_buffer);
    }

    public void Array(int count) => _writer.WriteArrayHeader(count);

    public void Nil() => _writer.WriteNil();

    public void Flag(bool value) => _writer.Write(value);

    public void Number(long value) => _writer.Write(value);

    public void Bytes(ReadOnlySpan<byte> value) => _writer.Write(value);

    /// <summary>16 bytes, in canonical order.</summary>
    public void Hash(Hash128 value)
    {
        byte[] bytes = new byte[FormatLimits.HashBytes];
        value.WriteBigEndian(bytes);
        Bytes(bytes);
    }

    /// <summary>32 bytes.</summary>
    public void Sha(Sha256Hash value)
    {
        byte[] bytes = new byte[FormatLimits.ShaBytes];
        value.Write(bytes);
        Bytes(bytes);
    }

    public void Text(string value) => _writer.Write(value);

    public void Texts(IReadOnlyList<string> values)
    {
        Array(values.Count);
        foreach (string value in values)
        {
            Text(value);
        }
    }

    public byte[] Seal(RecordKind kind, int version = FormatLimits.Version)
    {
        _writer.Flush();
        return CheckedRecord.Seal(kind, _buffer.WrittenSpan, version);
    }
}
