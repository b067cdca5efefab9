namespace Conn.Repository.Checks;

/// <summary>Represents the progress of a verification.</summary>
/// <param name="Set">Id of the set that is being read.</param>
/// <param name="StoredBytes">Stored bytes that were read so far.</param>
/// <param name="TotalStoredBytes">Stored bytes that are to be read in total.</param>
public readonly record struct VerifyProgress(string Set, long StoredBytes, long TotalStoredBytes);
