namespace Conn.Repository.Format;

/// <summary>Content of the format file: the id of the repository, and the features that a reader must know.</summary>
internal sealed record FormatRecord(UInt128 RepositoryId) : IStoredRecord<FormatRecord>
{
    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(3);
        writer.Hash(RepositoryId);
        writer.Number(0);
        writer.Nil();
        return writer.Seal(RecordKind.Format);
    }

    public static FormatRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Format, record, static (ref RecordReader reader) =>
    {
        reader.Fields(3);
        UInt128 id = reader.Hash();
        long features = reader.Number(0, long.MaxValue);
        return features == 0 && reader.TryNil()
            ? new FormatRecord(id)
            : throw new RepositoryException(
                RepositoryFailure.NewerFormat, $"The repository uses features (0x{features:x}) that this program does not know. Use a newer program.");
    });

    public bool IsSameAs(FormatRecord other) => this == other;
}
