using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Sets;

namespace Conn.Repository.Encryption;

/// <summary>A key slot: the master keys, and after a rotation the seal, encrypted with a key that one secret gives. Invariant of a slot that was read: its cost is in
/// bounds.</summary>
internal sealed record KeySlot(Hash128 RepositoryId, SetId Id, KeyKind Kind, int Epoch, int MemoryKibibytes, int Passes, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> Wrapped)
    : IStoredRecord<KeySlot>
{
    private const int SaltBytes = 16;
    private const int TagBytes = 16;
    private const int NonceBytes = 12;

    private int KeyBytes => Epoch * MasterKeys.KeyBytes;

    /// <summary>Makes a slot for a secret.</summary>
    public static KeySlot New(Hash128 repositoryId, SetId id, RepositoryKey key, MasterKeys masters)
    {
        (int memory, int passes) = KeyDerivation.CostOf(key.Kind);
        KeySlot slot = new(repositoryId, id, key.Kind, masters.Epoch, memory, passes, RandomNumberGenerator.GetBytes(SaltBytes), default);
        byte[] plain = [.. masters.ToArray(), .. masters.Seal?.Seal() ?? []];
        byte[] wrapped = new byte[plain.Length + TagBytes];
        using AesGcm aes = new(KeyDerivation.Derive(slot, key), TagBytes);

        // The salt makes the key of each slot another one, so it is used once.
        aes.Encrypt(new byte[NonceBytes], plain, wrapped.AsSpan(0, plain.Length), wrapped.AsSpan(plain.Length), slot.Description());
        CryptographicOperations.ZeroMemory(plain);
        return slot with { Wrapped = wrapped };
    }

    /// <summary>Opens the slot; returns null if the secret is another one.</summary>
    /// <exception cref="RepositoryException">Damaged, NewerFormat: its seal cannot be read.</exception>
    public MasterKeys? TryOpen(RepositoryKey key)
    {
        if (key.Kind != Kind)
        {
            return null;
        }

        byte[] plain = new byte[Wrapped.Length - TagBytes];
        using AesGcm aes = new(KeyDerivation.Derive(this, key), TagBytes);
        try
        {
            aes.Decrypt(new byte[NonceBytes], Wrapped.Span[..plain.Length], Wrapped.Span[plain.Length..], plain, Description());
            EpochSeal? seal = plain.Length == KeyBytes ? null : EpochSeal.Open(plain.AsMemory(KeyBytes));
            return seal is null || (seal.RepositoryId == RepositoryId && seal.Epoch == Epoch)
                ? new MasterKeys(RepositoryId, plain.AsSpan(0, KeyBytes), seal)
                : throw CheckedRecord.Damaged(RecordKind.Key, "its seal is that of another one");
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public byte[] Seal()
    {
        RecordWriter writer = new();
        writer.Array(8);
        writer.Hash(RepositoryId);
        writer.Text(Id.Text);
        writer.Number((int)Kind);
        writer.Number(Epoch);
        writer.Number(MemoryKibibytes);
        writer.Number(Passes);
        writer.Bytes(Salt.Span);
        writer.Bytes(Wrapped.Span);
        return writer.Seal(RecordKind.Key, Wrapped.Length == KeyBytes + TagBytes ? FormatLimits.Version : FormatLimits.ExtendedVersion);
    }

    public static KeySlot Open(ReadOnlyMemory<byte> record) => RecordReader.Read(RecordKind.Key, record, static (ref RecordReader reader) =>
    {
        reader.Fields(8);
        Hash128 repository = reader.Hash();
        SetId id = reader.SetId();
        KeyKind kind = (KeyKind)reader.Number((int)KeyKind.Passphrase, (int)KeyKind.Recovery);
        int epoch = (int)reader.Number(1, MasterKeys.MaxEpochs);
        bool isSlow = kind == KeyKind.Passphrase;
        int memory = (int)reader.Number(isSlow ? KeyDerivation.MinMemoryKibibytes : 0, isSlow ? KeyDerivation.MaxMemoryKibibytes : 0);
        int passes = (int)reader.Number(isSlow ? 1 : 0, isSlow ? KeyDerivation.MaxPasses : 0);
        int wrapped = (epoch * MasterKeys.KeyBytes) + TagBytes;
        byte[] salt = reader.Bytes(SaltBytes, SaltBytes);
        return new KeySlot(repository, id, kind, epoch, memory, passes, salt, reader.IsExtended
            ? reader.Bytes(wrapped + CheckedRecord.HeaderBytes, FormatLimits.MaxRecordBytes)
            : reader.Bytes(wrapped, wrapped));
    });

    public bool IsSameAs(KeySlot other) =>
        this with { Salt = default, Wrapped = default } == other with { Salt = default, Wrapped = default }
        && Salt.Span.SequenceEqual(other.Salt.Span) && Wrapped.Span.SequenceEqual(other.Wrapped.Span);

    // Everything but the wrapped keys themselves: a slot of which one of these was changed does not open.
    private byte[] Description()
    {
        byte[] bytes = new byte[16 + SetId.Length + 16 + SaltBytes];
        RepositoryId.WriteBigEndian(bytes);
        Encoding.ASCII.GetBytes(Id.Text, bytes.AsSpan(16));
        Span<byte> numbers = bytes.AsSpan(16 + SetId.Length);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[8..], MemoryKibibytes);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[12..], Passes);
        Salt.Span.CopyTo(numbers[16..]);
        return bytes;
    }
}
