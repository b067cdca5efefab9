using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using SystemChaCha = System.Security.Cryptography.ChaCha20Poly1305;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Conn.Repository.Encryption;

/// <summary>Chooses ciphers.</summary>
internal static class FileCiphers
{
    /// <summary>Gets the faster one of those that this system has.</summary>
    public static FileCipher OfProcessor =>
        X86Aes.IsSupported || ArmAes.IsSupported || !SystemChaCha.IsSupported ? FileCipher.Aes256Gcm : FileCipher.ChaCha20Poly1305;

    /// <summary>Requires that this system has a cipher.</summary>
    /// <exception cref="RepositoryException">Io: it has not.</exception>
    public static void Require(FileCipher cipher, string place)
    {
        if (cipher == FileCipher.ChaCha20Poly1305 && !SystemChaCha.IsSupported)
        {
            throw new RepositoryException(RepositoryFailure.Io,
                $"The repository at {place} is encrypted with ChaCha20-Poly1305, "
                + "which the cryptographic library of this system does not have. Use another system.");
        }
    }
}
