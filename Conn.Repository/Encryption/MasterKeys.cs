using System.Security.Cryptography;
using System.Text;

namespace Conn.Repository.Encryption;

/// <summary>The master keys of a repository, one for each epoch from 1, and the seal of what the older ones wrote. New files use the last one; a rotation adds one.
/// Safe for several threads.</summary>
internal sealed class MasterKeys
{
    public const int KeyBytes = 32;

    /// <summary>The most epochs: so many rotations are possible.</summary>
    public const int MaxEpochs = 1024;

    private static readonly byte[] Purpose = "conn file"u8.ToArray();
    private volatile State _state;

    /// <summary>Initializes the keys from their bytes, oldest first.</summary>
    public MasterKeys(Hash128 repositoryId, ReadOnlySpan<byte> keys, EpochSeal? seal = null)
    {
        RepositoryId = repositoryId;
        List<byte[]> list = [];
        for (; keys.Length > 0; keys = keys[KeyBytes..])
        {
            list.Add(keys[..KeyBytes].ToArray());
        }

        _state = new State([.. list], seal);
    }

    /// <summary>The repository that the keys belong to.</summary>
    public Hash128 RepositoryId { get; }

    /// <summary>The newest epoch.</summary>
    public int Epoch => _state.Keys.Length;

    /// <summary>What the older keys wrote before the last rotation; null if there was none, or if it was done by a version that seals nothing.</summary>
    public EpochSeal? Seal => _state.Seal;

    /// <summary>All keys, oldest first.</summary>
    public byte[] ToArray() => [.. _state.Keys.SelectMany(static key => key)];

    /// <summary>Returns these keys and a new one, with the seal of what these wrote.</summary>
    public MasterKeys Rotated(EpochSeal? seal = null) => new(RepositoryId, [.. ToArray(), .. RandomNumberGenerator.GetBytes(KeyBytes)], seal);

    /// <summary>Uses the keys of a rotation from now on.</summary>
    public void Take(MasterKeys rotated) => _state = rotated._state;

    /// <summary>Makes the cipher of one file.</summary>
    /// <param name="header">The header of the file.</param>
    /// <param name="name">The name of the file that its key is bound to.</param>
    /// <returns>The cipher; null if the file belongs to an epoch that these keys do not have.</returns>
    public FrameCipher? CipherOf(EncryptedHeader header, string name)
    {
        byte[][] keys = _state.Keys;
        if (header.Epoch > keys.Length)
        {
            return null;
        }

        byte[] info = new byte[Purpose.Length + 16 + Encoding.UTF8.GetByteCount(name)];
        Purpose.CopyTo(info, 0);
        RepositoryId.WriteBigEndian(info.AsSpan(Purpose.Length));
        Encoding.UTF8.GetBytes(name, info.AsSpan(Purpose.Length + 16));
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, keys[header.Epoch - 1], KeyBytes, header.Salt.ToArray(), info);
        FrameCipher cipher = new(header.Cipher, key, header.ToArray());
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    private sealed record State(byte[][] Keys, EpochSeal? Seal);
}
