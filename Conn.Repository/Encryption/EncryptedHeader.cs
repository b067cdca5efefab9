using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Encryption;

/// <summary>The clear header of an encrypted file: the cipher, the epoch of the master key, and the salt of the file's own key. Every frame
/// authenticates it.</summary>
internal readonly record struct EncryptedHeader(FileCipher Cipher, int Epoch, ReadOnlyMemory<byte> Salt)
{
    public const int Bytes = 48;
    public const int SaltBytes = 32;
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "CONNENC\0"u8;

    public static EncryptedHeader New(FileCipher cipher, int epoch) => new(cipher, epoch, RandomNumberGenerator.GetBytes(SaltBytes));

    public static bool TryRead(ReadOnlyMemory<byte> source, out EncryptedHeader header)
    {
        ReadOnlySpan<byte> bytes = source.Span;
        bool isHeader = bytes.Length == Bytes && bytes.StartsWith(Magic)
            && BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) == Version;
        FileCipher cipher = isHeader ? (FileCipher)BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) : default;
        header = isHeader ? new EncryptedHeader(cipher, BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), source[16..]) : default;
        return isHeader && header.Epoch > 0 && cipher is (FileCipher.Aes256Gcm or FileCipher.ChaCha20Poly1305);
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)Cipher);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Epoch);
        Salt.Span.CopyTo(bytes.AsSpan(16));
        return bytes;
    }
}
