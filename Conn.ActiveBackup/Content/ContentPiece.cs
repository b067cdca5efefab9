namespace Conn.ActiveBackup.Content;

/// <summary>Represents a step of an extraction.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Entry">The entry that it is about.</param>
/// <param name="Data">The bytes of <see cref="ContentPieceKind.Data"/>; valid until the next piece is asked for.</param>
/// <param name="HoleBytes">The length of a <see cref="ContentPieceKind.Hole"/> in bytes.</param>
public readonly record struct ContentPiece(ContentPieceKind Kind, ContentEntry Entry, ReadOnlyMemory<byte> Data = default, long HoleBytes = 0);
