namespace Conn.ActiveBackup.Content;

/// <summary>Represents a stream that a repository holds. It can be read any number of times.</summary>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Open">Reads it from its beginning: sections of any size, each valid until the next is asked for.</param>
public sealed record StoredStream(long Bytes, Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> Open);
