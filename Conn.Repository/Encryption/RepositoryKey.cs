using System.Security.Cryptography;
using System.Text;

namespace Conn.Repository.Encryption;

/// <summary>Represents what opens an encrypted repository: a passphrase, the content of a key file, or a recovery key. Immutable; it keeps the secret in memory.</summary>
public sealed class RepositoryKey
{
    /// <summary>The shortest key file, in bytes: 32.</summary>
    public const int MinKeyFileBytes = 32;

    /// <summary>The longest key file and the longest passphrase in UTF-8, in bytes: 4096.</summary>
    public const int MaxSecretBytes = 4096;

    private RepositoryKey(KeyKind kind, byte[] secret)
    {
        Kind = kind;
        Secret = secret;
    }

    /// <summary>Gets what the key is made from.</summary>
    public KeyKind Kind { get; }

    internal ReadOnlyMemory<byte> Secret { get; }

    /// <summary>Makes a key from a passphrase.</summary>
    /// <param name="passphrase">The passphrase: 1 to 4096 bytes in UTF-8. Its bytes count: a letter that a keyboard composes in another way is another letter.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public static RepositoryKey FromPassphrase(string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        byte[] secret = Encoding.UTF8.GetBytes(passphrase);
        return secret.Length <= MaxSecretBytes
            ? new RepositoryKey(KeyKind.Passphrase, secret)
            : throw new ArgumentException($"A passphrase has at most {MaxSecretBytes} bytes.", nameof(passphrase));
    }

    /// <summary>Makes a key from the content of a key file. Nothing slows guesses down, so the content must be random.</summary>
    /// <param name="content">The content: 32 to 4096 bytes, all of which count; it is copied.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">It is too short or too long.</exception>
    public static RepositoryKey FromKeyFile(ReadOnlySpan<byte> content) => content.Length is >= MinKeyFileBytes and <= MaxSecretBytes
        ? new RepositoryKey(KeyKind.KeyFile, content.ToArray())
        : throw new ArgumentException($"A key file has {MinKeyFileBytes} to {MaxSecretBytes} bytes, and this one has {content.Length}.", nameof(content));

    /// <summary>Reads a recovery key as it was printed. Case, spaces and hyphens do not matter, and O, I and L are read as the digits that they look like.</summary>
    /// <param name="text">The text.</param>
    /// <param name="key">Receives the key.</param>
    /// <returns>False if it is no recovery key: a character is wrong, missing or too many.</returns>
    public static bool TryParseRecoveryKey(string text, out RepositoryKey? key)
    {
        ArgumentNullException.ThrowIfNull(text);
        key = RecoveryText.TryRead(text, out byte[] secret) ? new RepositoryKey(KeyKind.Recovery, secret) : null;
        return key is not null;
    }

    /// <summary>Makes a new recovery key of 160 random bits.</summary>
    /// <param name="text">Receives the text to write down: nine groups of four letters and digits, the last of which finds mistakes. It cannot be shown again.</param>
    /// <returns>The key.</returns>
    public static RepositoryKey NewRecoveryKey(out string text)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(RecoveryText.SecretBytes);
        text = RecoveryText.Write(secret);
        return new RepositoryKey(KeyKind.Recovery, secret);
    }
}
