namespace Conn.Repository.Encryption;

/// <summary>Specifies with what the files of an encrypted repository are encrypted. Stored as its number.</summary>
public enum FileCipher
{
    /// <summary>AES with a key of 256 bits, in Galois/Counter Mode. The fastest one where the processor has instructions for AES.</summary>
    Aes256Gcm = 1,

    /// <summary>ChaCha20 with Poly1305 (RFC 8439). Several times as fast as AES where the processor has no instructions for that.</summary>
    ChaCha20Poly1305 = 2,
}
