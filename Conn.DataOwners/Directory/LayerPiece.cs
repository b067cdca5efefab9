namespace Conn.DataOwners.Directory;

/// <summary>A record of a file that is read from one stream of a chain.</summary>
/// <param name="Kind">The record: <see cref="RecordKind.File"/> begins one, <see cref="RecordKind.EndFile"/> or <see cref="RecordKind.Discard"/> ends it.</param>
/// <param name="Length">How many bytes of the file it is for.</param>
/// <param name="Path">The path, when it begins one.</param>
/// <param name="Data">The bytes of <see cref="RecordKind.Data"/>; valid until the next piece is asked for.</param>
internal readonly record struct LayerPiece(RecordKind Kind, long Length = 0, byte[]? Path = null, ReadOnlyMemory<byte> Data = default);
