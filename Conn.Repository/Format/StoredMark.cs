using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The mark of a set as a file, bound to its repository.</summary>
internal sealed record StoredMark(Hash128 RepositoryId, SetMark Mark) : IStoredRecord<StoredMark>
{
    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(7);
        writer.Hash(RepositoryId);
        writer.Text(Mark.Set.Text);
        writer.Number(Mark.Sequence);
        writer.Number((int)Mark.Kind);
        writer.Number(Mark.Time.UtcTicks);
        writer.Text(Mark.Why);
        writer.Array(Mark.Pruned.Count);
        foreach (uint sid in Mark.Pruned)
        {
            writer.Number(sid);
        }

        return writer.Seal(RecordKind.Mark);
    }

    public static StoredMark Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Mark, record, static (ref RecordReader reader) =>
    {
        reader.Fields(7);
        Hash128 repository = reader.Hash();
        SetMark mark = new()
        {
            Set = reader.SetId(),
            Sequence = reader.Number(1, FormatLimits.MaxNumber),
            Kind = (SetMarkKind)reader.Number(0, (int)SetMarkKind.Held),
            Time = reader.Time(),
            Why = reader.Text(0, SetMark.MaxWhyLength),
        };
        List<uint> pruned = [];
        for (int left = reader.Count(FormatLimits.MaxParts); left > 0; left--)
        {
            pruned.Add((uint)reader.Number(pruned.Count == 0 ? 0 : pruned[^1] + 1L, uint.MaxValue));
        }

        return new StoredMark(repository, mark with { Pruned = pruned });
    });

    public bool IsSameAs(StoredMark other) =>
        RepositoryId == other.RepositoryId && Mark with { Pruned = [] } == other.Mark with { Pruned = [] } && Mark.Pruned.SequenceEqual(other.Mark.Pruned);
}
