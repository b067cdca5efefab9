namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What a repository would keep of one backup of one owner.</summary>
internal sealed record StoredPart(byte[] Data, byte[] Snapshot, IReadOnlyList<byte[]> SnapshotPieces);
