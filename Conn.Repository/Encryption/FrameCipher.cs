using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Encryption;

/// <summary>Encrypts and decrypts the frames of one file. Invariant: no two frames of a file have the same nonce, and a last frame is not taken for another one. One thread
/// at a time.</summary>
internal sealed class FrameCipher : IDisposable
{
    private const int NonceBytes = 12;
    private readonly byte[] _header;
    private readonly AesGcm? _aes;
    private readonly ChaCha20Poly1305? _chaCha;

    /// <summary>Initializes the cipher of a file.</summary>
    /// <param name="cipher">Which one.</param>
    /// <param name="key">The key of the file, 32 bytes.</param>
    /// <param name="header">The header of the file, which every frame authenticates.</param>
    public FrameCipher(FileCipher cipher, ReadOnlySpan<byte> key, byte[] header)
    {
        _header = header;
        bool isChaCha = cipher == FileCipher.ChaCha20Poly1305;
        _aes = isChaCha ? null : new AesGcm(key, EncryptedLength.TagBytes);
        _chaCha = isChaCha ? new ChaCha20Poly1305(key) : null;
    }

    /// <summary>Encrypts a frame into its bytes and the tag behind them.</summary>
    public void Encrypt(long frame, bool isLast, ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Number(nonce, frame, isLast);
        Span<byte> encrypted = stored[..plain.Length];
        Span<byte> tag = stored.Slice(plain.Length, EncryptedLength.TagBytes);
        if (_aes is not null)
        {
            _aes.Encrypt(nonce, plain, encrypted, tag, _header);
        }
        else
        {
            _chaCha!.Encrypt(nonce, plain, encrypted, tag, _header);
        }
    }

    /// <summary>Decrypts a frame; returns false if it is not what was written at this place of this file.</summary>
    public bool TryDecrypt(long frame, bool isLast, ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Number(nonce, frame, isLast);
        try
        {
            if (_aes is not null)
            {
                _aes.Decrypt(nonce, stored[..^EncryptedLength.TagBytes], stored[^EncryptedLength.TagBytes..], plain, _header);
            }
            else
            {
                _chaCha!.Decrypt(nonce, stored[..^EncryptedLength.TagBytes], stored[^EncryptedLength.TagBytes..], plain, _header);
            }

            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _aes?.Dispose();
        _chaCha?.Dispose();
    }

    // The number of the frame in big-endian order, then one byte that is 1 for the last frame.
    private static void Number(Span<byte> nonce, long frame, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], frame);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
