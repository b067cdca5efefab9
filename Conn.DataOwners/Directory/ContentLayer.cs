namespace Conn.DataOwners.Directory;

/// <summary>Where one stream of a chain holds a version of a file, or what changed of it.</summary>
/// <param name="Stream">Which stream of the chain.</param>
/// <param name="Path">The path of the file in it.</param>
/// <param name="Discards">How often the stream takes the file back before it has it whole.</param>
internal readonly record struct ContentLayer(int Stream, byte[] Path, int Discards);
