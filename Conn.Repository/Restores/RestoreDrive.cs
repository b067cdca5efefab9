namespace Conn.Repository.Restores;

/// <summary>Represents one drive of an owner in a restore.</summary>
/// <param name="Drive">Index of the drive, 0 to 25.</param>
/// <param name="Token">What the owner needs to complete the restore after a crash; at most <see cref="MaxTokenBytes"/>.</param>
public sealed record RestoreDrive(byte Drive, ReadOnlyMemory<byte> Token)
{
    /// <summary>The longest token: 4096 bytes.</summary>
    public const int MaxTokenBytes = 4096;
}
