using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Encryption;

/// <summary>Encrypts and decrypts the frames of one file. Invariant: no two frames of a file have the same nonce, and a last frame is not taken for another one. One thread
/// at a time.</summary>
internal sealed class FrameCipher(ReadOnlySpan<byte> key, byte[] header) : IDisposable
{
    private const int NonceBytes = 12;
    private readonly AesGcm _aes = new(key, EncryptedLength.TagBytes);

    /// <summary>Encrypts a frame into its bytes and the tag behind them.</summary>
    public void Encrypt(long frame, bool isLast, ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Number(nonce, frame, isLast);
        _aes.Encrypt(nonce, plain, stored[..plain.Length], stored.Slice(plain.Length, EncryptedLength.TagBytes), header);
    }

    /// <summary>Decrypts a frame; returns false if it is not what was written at this place of this file.</summary>
    public bool TryDecrypt(long frame, bool isLast, ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Number(nonce, frame, isLast);
        try
        {
            _aes.Decrypt(nonce, stored[..^EncryptedLength.TagBytes], stored[^EncryptedLength.TagBytes..], plain, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _aes.Dispose();

    // The number of the frame in big-endian order, then one byte that is 1 for the last frame.
    private static void Number(Span<byte> nonce, long frame, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], frame);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
