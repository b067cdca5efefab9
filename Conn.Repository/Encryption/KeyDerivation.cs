using System.Security.Cryptography;
using NSec.Cryptography;

namespace Conn.Repository.Encryption;

/// <summary>Makes the key of a slot from a secret: with Argon2id from a passphrase, with HKDF from what is random already.</summary>
internal static class KeyDerivation
{
    public const int MinMemoryKibibytes = 8 << 10;
    public const int MaxMemoryKibibytes = 128 << 10;
    public const int MaxPasses = 10;
    private const int MemoryKibibytes = 64 << 10;
    private const int Passes = 4;
    private static readonly byte[] Purpose = "conn key slot"u8.ToArray();

    /// <summary>Gets the cost of a new slot; none for a secret that nobody can guess.</summary>
    public static (int MemoryKibibytes, int Passes) CostOf(KeyKind kind) => kind == KeyKind.Passphrase ? (MemoryKibibytes, Passes) : (0, 0);

    public static byte[] Derive(KeySlot slot, RepositoryKey key)
    {
        if (slot.Kind != KeyKind.Passphrase)
        {
            return HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Secret.ToArray(), MasterKeys.KeyBytes, slot.Salt.ToArray(), Purpose);
        }

        Argon2id argon = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1, MemorySize = slot.MemoryKibibytes, NumberOfPasses = slot.Passes,
        });
        return argon.DeriveBytes(key.Secret.Span, slot.Salt.Span, MasterKeys.KeyBytes);
    }
}
