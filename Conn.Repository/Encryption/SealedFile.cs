using Conn.Repository.Format;

namespace Conn.Repository.Encryption;

/// <summary>What a seal knows of a stored file.</summary>
/// <param name="Bytes">The stored length.</param>
/// <param name="Digest">The SHA-256 over the SHA-256 of each of its blocks, as <see cref="FileBlocks"/> has them.</param>
internal readonly record struct SealedFile(long Bytes, Sha256Hash Digest);
