using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The list of what is committed. Replaced as a whole; sequences and numbers rise and are never used twice.</summary>
internal sealed record IndexRecord(
    byte[] RepositoryId,
    long LastSequence,
    long LastRestore,
    IReadOnlyList<IndexedSet> Sets,
    IReadOnlyList<IndexedRestore> Restores,
    IReadOnlyList<NumberedId> Doomed)
{
    public byte[] Seal()
    {
        var writer = new RecordWriter();
        writer.Array(6);
        writer.Bytes(RepositoryId);
        writer.Number(LastSequence);
        writer.Number(LastRestore);
        writer.Array(Sets.Count);
        foreach (var set in Sets)
        {
            writer.Array(3);
            writer.Text(set.Id.Text);
            writer.Number(set.Sequence);
            writer.Bytes(set.ManifestSha);
        }

        writer.Array(Restores.Count);
        foreach (var restore in Restores)
        {
            writer.Array(3);
            writer.Number(restore.Number);
            writer.Text(restore.Id.Text);
            writer.Number(restore.Sequence);
        }

        writer.Array(Doomed.Count);
        foreach (var doomed in Doomed)
        {
            writer.Array(2);
            writer.Text(doomed.Id.Text);
            writer.Number(doomed.Number);
        }

        return writer.Seal(RecordKind.Index);
    }

    public static IndexRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Index, record, static (ref RecordReader reader) =>
    {
        reader.Fields(6);
        var repository = reader.Bytes(16, 16);
        var lastSequence = reader.Number(0, long.MaxValue);
        var lastRestore = reader.Number(0, long.MaxValue);
        var sets = new List<IndexedSet>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(3);
            var id = ReadId(ref reader);
            sets.Add(new IndexedSet(id, Rising(ref reader, sets.Count == 0 ? 0 : sets[^1].Sequence, lastSequence), reader.Bytes(32, 32)));
        }

        var restores = new List<IndexedRestore>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(3);
            var number = Rising(ref reader, restores.Count == 0 ? 0 : restores[^1].Number, lastRestore);
            restores.Add(new IndexedRestore(number, ReadId(ref reader), reader.Number(0, lastSequence)));
        }

        var doomed = new List<NumberedId>();
        for (var left = reader.Count(); left > 0; left--)
        {
            reader.Fields(2);
            var id = ReadId(ref reader);
            doomed.Add(new NumberedId(Rising(ref reader, doomed.Count == 0 ? 0 : doomed[^1].Number, lastSequence), id));
        }

        return new IndexRecord(repository, lastSequence, lastRestore, sets, restores, doomed);
    });

    /// <summary>A set id as every record holds it.</summary>
    public static SetId ReadId(ref RecordReader reader) =>
        SetId.TryParse(reader.Text(SetId.Length, SetId.Length), out var id) ? id : throw reader.Damaged("an id is not one");

    private static long Rising(ref RecordReader reader, long before, long last)
    {
        var number = reader.Number(1, last);
        return number > before ? number : throw reader.Damaged("a list does not rise");
    }
}
