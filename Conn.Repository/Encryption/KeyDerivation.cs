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

    /// <summary>Requires what makes keys of a kind.</summary>
    /// <exception cref="RepositoryException">Io: the library for passphrases is not there.</exception>
    public static void Require(KeyKind kind)
    {
        if (kind == KeyKind.Passphrase)
        {
            _ = Argon(MemoryKibibytes, Passes);
        }
    }

    /// <exception cref="RepositoryException">Io: the library for passphrases is not there.</exception>
    public static byte[] Derive(KeySlot slot, RepositoryKey key)
    {
        if (slot.Kind != KeyKind.Passphrase)
        {
            return HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Secret.ToArray(), MasterKeys.KeyBytes, slot.Salt.ToArray(), Purpose);
        }

        return Argon(slot.MemoryKibibytes, slot.Passes).DeriveBytes(key.Secret.Span, slot.Salt.Span, MasterKeys.KeyBytes);
    }

    private static Argon2id Argon(int memoryKibibytes, int passes)
    {
        try
        {
            return PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
            {
                DegreeOfParallelism = 1, MemorySize = memoryKibibytes, NumberOfPasses = passes,
            });
        }
        catch (Exception e) when (e is PlatformNotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            throw new RepositoryException(RepositoryFailure.Io,
                "The library libsodium, which makes the key of a passphrase, could not be loaded. It is one of the files of the program: copy all of them.", null, e);
        }
    }
}
