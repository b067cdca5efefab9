using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The mark of a set as a file, bound to its repository.</summary>
internal sealed record StoredMark(UInt128 RepositoryId, SetMark Mark) : IStoredRecord<StoredMark>
{
    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(6);
        writer.Hash(RepositoryId);
        writer.Text(Mark.Set.Text);
        writer.Number(Mark.Sequence);
        writer.Number((int)Mark.Kind);
        writer.Number(Mark.Time.UtcTicks);
        writer.Text(Mark.Why);
        return writer.Seal(RecordKind.Mark);
    }

    public static StoredMark Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Mark, record, static (ref RecordReader reader) =>
    {
        reader.Fields(6);
        UInt128 repository = reader.Hash();
        return new StoredMark(repository, new SetMark
        {
            Set = reader.SetId(),
            Sequence = reader.Number(1, FormatLimits.MaxNumber),
            Kind = (SetMarkKind)reader.Number(0, (int)SetMarkKind.Held),
            Time = reader.Time(),
            Why = reader.Text(0, SetMark.MaxWhyLength),
        });
    });

    public bool IsSameAs(StoredMark other) => this == other;
}
