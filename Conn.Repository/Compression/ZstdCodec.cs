namespace Conn.Repository.Compression;

/// <summary>Compresses and decompresses whole frames of Zstandard in memory. One thread at a time.</summary>
internal abstract class ZstdCodec : IDisposable
{
    /// <summary>Makes the fastest codec of this machine: the library of the system, else the managed one. What one has compressed the other decompresses.</summary>
    /// <param name="level">The level of compression, 1 to 19. It does not matter to a codec that only decompresses.</param>
    public static ZstdCodec Create(int level = 1) => ZstdLibrary.System is { } library ? new SystemZstd(library, level) : new ManagedZstd(level);

    /// <summary>Compresses bytes. False when the result does not fit into the target; the target's content is then undefined.</summary>
    public abstract bool TryCompress(ReadOnlySpan<byte> plain, Span<byte> target, out int written);

    /// <summary>Decompresses one frame. False when it is damaged or longer than the target; the target's content is then undefined.</summary>
    public abstract bool TryDecompress(ReadOnlySpan<byte> stored, Span<byte> target, out int written);

    public abstract void Dispose();
}
