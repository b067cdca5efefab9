namespace Conn.Repository.Storage;

/// <summary>Represents one entry of a folder.</summary>
/// <param name="Name">Name of the entry, without the folder.</param>
/// <param name="IsFolder">True for a folder.</param>
/// <param name="Bytes">Length of a file in bytes; 0 for a folder.</param>
public readonly record struct StorageEntry(string Name, bool IsFolder, long Bytes);
