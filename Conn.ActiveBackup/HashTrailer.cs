using System.Security.Cryptography;

namespace Conn.ActiveBackup;

/// <summary>The SHA-256 that an owner puts behind its data, so that a restore finds damage before it changes anything.</summary>
public static class HashTrailer
{
    /// <summary>Checks restored content against the SHA-256 that follows it, and cuts that off.</summary>
    /// <param name="restored">All that was restored; read and written. The position is at its end afterwards. The caller keeps it.</param>
    /// <param name="owner">The owner's name, for the message.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Completes when they agree.</returns>
    /// <exception cref="ConnException">Corrupt: they do not agree.</exception>
    public static async ValueTask CheckAsync(FileStream restored, string owner, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(restored);
        long length = restored.Length - SHA256.HashSizeInBytes;
        restored.Position = Math.Max(0, length);
        byte[] expected = new byte[SHA256.HashSizeInBytes];
        int read = await restored.ReadAtLeastAsync(expected, expected.Length, throwOnEndOfStream: false, cancellationToken);
        restored.SetLength(Math.Max(0, length));
        restored.Position = 0;
        byte[] found = await SHA256.HashDataAsync(restored, cancellationToken);
        if (read < expected.Length || !expected.SequenceEqual(found))
        {
            throw new ConnException(
                ErrorCode.Corrupt, $"The data of owner {owner} is not what was backed up: its SHA-256 differs. Verify the repository, and restore another set.");
        }
    }
}
