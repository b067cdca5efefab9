namespace Conn.Repository.Format;

/// <summary>What the format file says: which repository this is, and what a reader must understand.</summary>
internal sealed record FormatRecord(byte[] RepositoryId)
{
    public byte[] Seal()
    {
        var writer = new RecordWriter();
        writer.Array(3);
        writer.Bytes(RepositoryId);
        writer.Number(0);
        writer.Nil();
        return writer.Seal(RecordKind.Format);
    }

    public static FormatRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Format, record, static (ref RecordReader reader) =>
    {
        reader.Fields(3);
        var id = reader.Bytes(16, 16);
        var features = reader.Number(0, long.MaxValue);
        return features == 0 && reader.TryNil()
            ? new FormatRecord(id)
            : throw new RepositoryException(
                RepositoryFailure.NewerFormat, $"The repository uses features (0x{features:x}) that this program does not know. A newer program is needed.");
    });
}
