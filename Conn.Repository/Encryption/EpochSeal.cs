using Conn.Repository.Format;

namespace Conn.Repository.Encryption;

/// <summary>
/// What a rotation found stored under the older keys. It lies in each key slot, encrypted together with the keys. Invariant: a file of an older epoch is read only if
/// it is sealed, byte for byte; so no file is added or changed with an older key.
/// </summary>
internal sealed record EpochSeal(Hash128 RepositoryId, int Epoch, IReadOnlyDictionary<string, SealedFile> Files) : IStoredRecord<EpochSeal>
{
    private const int MaxName = 128;

    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(3);
        writer.Hash(RepositoryId);
        writer.Number(Epoch);
        writer.Array(Files.Count);
        foreach ((string name, SealedFile file) in Files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            writer.Array(3);
            writer.Text(name);
            writer.Number(file.Bytes);
            writer.Sha(file.Digest);
        }

        return writer.Seal(RecordKind.Seal);
    }

    public static EpochSeal Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Seal, record, static (ref RecordReader reader) =>
    {
        reader.Fields(3);
        Hash128 repository = reader.Hash();
        int epoch = (int)reader.Number(2, MasterKeys.MaxEpochs);
        Dictionary<string, SealedFile> files = new(StringComparer.Ordinal);
        string last = "";
        for (int left = reader.Count(FormatLimits.MaxSealedFiles); left > 0; left--)
        {
            reader.Fields(3);
            string name = reader.Text(1, MaxName);
            if (string.CompareOrdinal(name, last) <= 0)
            {
                throw reader.Damaged("the names of its files do not rise");
            }

            last = name;
            long bytes = reader.Number(0, long.MaxValue);
            files.Add(name, new SealedFile(bytes, reader.Sha()));
        }

        return new EpochSeal(repository, epoch, files);
    });

    public bool IsSameAs(EpochSeal other) => RepositoryId == other.RepositoryId && Epoch == other.Epoch && Files.Count == other.Files.Count
        && Files.All(file => other.Files.TryGetValue(file.Key, out SealedFile found) && found == file.Value);
}
