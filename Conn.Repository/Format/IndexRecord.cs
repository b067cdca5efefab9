using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The list of committed sets and restores. It is replaced as a whole; sequences and numbers rise and are never used twice.</summary>
internal sealed record IndexRecord(
    Hash128 RepositoryId,
    long LastSequence,
    long LastRestore,
    IReadOnlyList<IndexedSet> Sets,
    IReadOnlyList<IndexedRestore> Restores,
    IReadOnlyList<NumberedId> Removals) : IStoredRecord<IndexRecord>
{
    /// <summary>The sets that the user holds. The marks say so, and why; this list finds a mark that another program removed or put back.</summary>
    public IReadOnlyList<NumberedId> Held { get; init; } = [];

    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(Held.Count == 0 ? 6 : 7);
        writer.Hash(RepositoryId);
        writer.Number(LastSequence);
        writer.Number(LastRestore);
        writer.Array(Sets.Count);
        foreach (IndexedSet set in Sets)
        {
            writer.Array(3);
            writer.Text(set.Id.Text);
            writer.Number(set.Sequence);
            writer.Sha(set.ManifestSha);
        }

        writer.Array(Restores.Count);
        foreach (IndexedRestore restore in Restores)
        {
            writer.Array(3);
            writer.Number(restore.Number);
            writer.Text(restore.Id.Text);
            writer.Number(restore.Sequence);
        }

        WriteSets(ref writer, Removals);
        if (Held.Count == 0)
        {
            return writer.Seal(RecordKind.Index);
        }

        WriteSets(ref writer, Held);
        return writer.Seal(RecordKind.Index, FormatLimits.ExtendedVersion);
    }

    public static IndexRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Index, record, static (ref RecordReader reader) =>
    {
        reader.Fields(reader.IsExtended ? 7 : 6);
        Hash128 repository = reader.Hash();
        long lastSequence = reader.Number(0, FormatLimits.MaxNumber);
        long lastRestore = reader.Number(0, FormatLimits.MaxNumber);
        List<IndexedSet> sets = [];
        for (int left = reader.Count(FormatLimits.MaxListed); left > 0; left--)
        {
            reader.Fields(3);
            SetId id = reader.SetId();
            sets.Add(new IndexedSet(id, Rising(ref reader, sets.Count == 0 ? 0 : sets[^1].Sequence, lastSequence), reader.Sha()));
        }

        List<IndexedRestore> restores = [];
        for (int left = reader.Count(FormatLimits.MaxListed); left > 0; left--)
        {
            reader.Fields(3);
            long number = Rising(ref reader, restores.Count == 0 ? 0 : restores[^1].Number, lastRestore);
            restores.Add(new IndexedRestore(number, reader.SetId(), reader.Number(0, lastSequence)));
        }

        List<NumberedId> removals = ReadSets(ref reader, lastSequence);
        List<NumberedId> held = reader.IsExtended ? ReadSets(ref reader, lastSequence) : [];
        return reader.IsExtended && held.Count == 0
            ? throw reader.Damaged("it is extended by an empty list")
            : new IndexRecord(repository, lastSequence, lastRestore, sets, restores, removals) { Held = held };
    });

    /// <summary>Requires that one more set and one more restore can be listed: no reader takes an index beyond its limits.</summary>
    /// <exception cref="RepositoryException">DiskFull.</exception>
    public void RequireRoom()
    {
        if (Sets.Count >= FormatLimits.MaxListed || Restores.Count >= FormatLimits.MaxListed || Math.Max(LastSequence, LastRestore) >= FormatLimits.MaxNumber)
        {
            throw new RepositoryException(RepositoryFailure.DiskFull,
                $"The repository lists {Sets.Count} sets up to number {LastSequence} and {Restores.Count} restores up to {LastRestore}, and takes no more. Begin a new one.");
        }
    }

    public bool IsSameAs(IndexRecord other) =>
        WithoutLists() == other.WithoutLists()
        && Sets.SequenceEqual(other.Sets) && Restores.SequenceEqual(other.Restores) && Removals.SequenceEqual(other.Removals) && Held.SequenceEqual(other.Held);

    private static void WriteSets(ref RecordWriter writer, IReadOnlyList<NumberedId> sets)
    {
        writer.Array(sets.Count);
        foreach (NumberedId set in sets)
        {
            writer.Array(2);
            writer.Text(set.Id.Text);
            writer.Number(set.Number);
        }
    }

    private static List<NumberedId> ReadSets(ref RecordReader reader, long lastSequence)
    {
        List<NumberedId> found = [];
        for (int left = reader.Count(FormatLimits.MaxListed); left > 0; left--)
        {
            reader.Fields(2);
            SetId id = reader.SetId();
            found.Add(new NumberedId(Rising(ref reader, found.Count == 0 ? 0 : found[^1].Number, lastSequence), id));
        }

        return found;
    }

    private static long Rising(ref RecordReader reader, long previous, long last)
    {
        long number = reader.Number(1, last);
        return number > previous ? number : throw reader.Damaged("the numbers of a list do not rise");
    }

    private IndexRecord WithoutLists() => this with { Sets = [], Restores = [], Removals = [], Held = [] };
}
