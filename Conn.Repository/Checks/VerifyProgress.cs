namespace Conn.Repository.Checks;

/// <summary>How far a verification is.</summary>
/// <param name="Set">The set being read.</param>
/// <param name="StoredBytes">Bytes of data files read so far.</param>
/// <param name="TotalStoredBytes">Bytes of data files in all.</param>
public readonly record struct VerifyProgress(string Set, long StoredBytes, long TotalStoredBytes);
