using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Conn.Repository.Encryption;

/// <summary>The master keys of a repository, one for each epoch from 1. New files use the last one; a rotation adds one. Safe for several threads.</summary>
internal sealed class MasterKeys
{
    public const int KeyBytes = 32;

    /// <summary>The most epochs: so many rotations are possible.</summary>
    public const int MaxEpochs = 1024;

    private static readonly byte[] Purpose = "conn file"u8.ToArray();
    private volatile byte[][] _keys;

    /// <summary>Initializes the keys from their bytes, oldest first.</summary>
    public MasterKeys(UInt128 repositoryId, ReadOnlySpan<byte> keys)
    {
        RepositoryId = repositoryId;
        List<byte[]> list = [];
        for (; keys.Length > 0; keys = keys[KeyBytes..])
        {
            list.Add(keys[..KeyBytes].ToArray());
        }

        _keys = [.. list];
    }

    /// <summary>The repository that the keys belong to.</summary>
    public UInt128 RepositoryId { get; }

    /// <summary>The newest epoch.</summary>
    public int Epoch => _keys.Length;

    /// <summary>All keys, oldest first.</summary>
    public byte[] ToArray() => [.. _keys.SelectMany(static key => key)];

    /// <summary>Returns these keys and a new one.</summary>
    public MasterKeys Rotated() => new(RepositoryId, [.. ToArray(), .. RandomNumberGenerator.GetBytes(KeyBytes)]);

    /// <summary>Uses the keys of a rotation from now on.</summary>
    public void Take(MasterKeys rotated) => _keys = rotated._keys;

    /// <summary>Makes the cipher of one file.</summary>
    /// <param name="header">The header of the file.</param>
    /// <param name="name">The name of the file that its key is bound to.</param>
    /// <returns>The cipher; null if the file belongs to an epoch that these keys do not have.</returns>
    public FrameCipher? CipherOf(EncryptedHeader header, string name)
    {
        byte[][] keys = _keys;
        if (header.Epoch > keys.Length)
        {
            return null;
        }

        byte[] info = new byte[Purpose.Length + 16 + Encoding.UTF8.GetByteCount(name)];
        Purpose.CopyTo(info, 0);
        BinaryPrimitives.WriteUInt128BigEndian(info.AsSpan(Purpose.Length), RepositoryId);
        Encoding.UTF8.GetBytes(name, info.AsSpan(Purpose.Length + 16));
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, keys[header.Epoch - 1], KeyBytes, header.Salt.ToArray(), info);
        FrameCipher cipher = new(key, header.ToArray());
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }
}
