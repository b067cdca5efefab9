namespace Conn.DataOwners.Sqlite;

/// <summary>What a staged file must be once its streams have ended; believed only after <see cref="StagedFile.Verify"/> found it so.</summary>
internal sealed record StagedState(int PageSize, uint PageCount, byte[] Digest, bool Wal, int UnixMode);
