using Conn.Repository.Encryption;

namespace Conn.Repository.Format;

/// <summary>Content of the format file: the id of the repository, and the features that a reader must know.</summary>
internal sealed record FormatRecord(Hash128 RepositoryId, bool IsEncrypted = false) : IStoredRecord<FormatRecord>
{
    private const long Encryption = 1;
    private const long ChaCha = 2;

    /// <summary>With what new files are encrypted. The header of each file says with what it is.</summary>
    public FileCipher Cipher { get; init; } = FileCipher.Aes256Gcm;

    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(2);
        writer.Hash(RepositoryId);
        writer.Number((IsEncrypted ? Encryption : 0) | (Cipher == FileCipher.ChaCha20Poly1305 ? ChaCha : 0));
        return writer.Seal(RecordKind.Format);
    }

    public static FormatRecord Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Format, record, static (ref RecordReader reader) =>
    {
        reader.Fields(2);
        Hash128 id = reader.Hash();
        long features = reader.Number(0, long.MaxValue);
        if (features == ChaCha)
        {
            throw reader.Damaged("it names a cipher and is not encrypted");
        }

        return (features & ~(Encryption | ChaCha)) == 0
            ? new FormatRecord(id, (features & Encryption) != 0) { Cipher = (features & ChaCha) != 0 ? FileCipher.ChaCha20Poly1305 : FileCipher.Aes256Gcm }
            : throw new RepositoryException(
                RepositoryFailure.NewerFormat, $"The repository uses features (0x{features:x}) that this program does not know. Use a newer program.");
    });

    public bool IsSameAs(FormatRecord other) => this == other;
}
