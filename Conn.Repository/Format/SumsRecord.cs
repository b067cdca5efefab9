using Conn.Repository.Encryption;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The sums of all other files of an encrypted set, in the clear. They show damage to a reader without a key; against a change on purpose they prove nothing.</summary>
internal sealed record SumsRecord(Hash128 RepositoryId, SetId Set, IReadOnlyList<StoredSum> Files) : IStoredRecord<SumsRecord>
{
    private const int MaxNameLength = 64;

    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(3);
        writer.Hash(RepositoryId);
        writer.Text(Set.Text);
        writer.Array(Files.Count);
        foreach (StoredSum file in Files)
        {
            writer.Array(3);
            writer.Text(file.Name);
            writer.Number(file.Bytes);
            writer.Hash(file.Sum);
        }

        return writer.Seal(RecordKind.Sums);
    }

    public static SumsRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Sums, record, static (ref RecordReader reader) =>
    {
        reader.Fields(3);
        Hash128 repository = reader.Hash();
        SetId set = reader.SetId();
        List<StoredSum> files = [];
        for (int left = reader.Count(FormatLimits.MaxSegments); left > 0; left--)
        {
            reader.Fields(3);
            files.Add(new StoredSum(reader.Text(1, MaxNameLength), reader.Number(0, FormatLimits.MaxBytes), reader.Hash()));
        }

        return new SumsRecord(repository, set, files);
    });

    public bool IsSameAs(SumsRecord other) => RepositoryId == other.RepositoryId && Set == other.Set && Files.SequenceEqual(other.Files);
}
