namespace Conn.Repository.Encryption;

/// <summary>Specifies with what the files of an encrypted repository are encrypted. Stored as its number.</summary>
public enum FileCipher
{
    /// <summary>AES with a key of 256 bits, in Galois/Counter Mode. The fastest one where the processor has instructions for AES.</summary>
    Aes256Gcm = 1,

    /// <summary>ChaCha20 with Poly1305 (RFC 8439). Faster than AES where the processor has no instructions for AES.</summary>
    ChaCha20Poly1305 = 2,
}
