namespace Conn.Repository.Sets;

/// <summary>Represents a section of a snapshot stream.</summary>
/// <param name="Identity">The first half of the SHA-256 of its content: sections with the same content, of any set, have the same identity.</param>
/// <param name="Content">The section, valid until the next is asked for; null if it was not read.</param>
public readonly record struct SnapshotSection(Hash128 Identity, ReadOnlyMemory<byte>? Content);
