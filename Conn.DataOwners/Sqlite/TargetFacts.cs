using System.Globalization;
using Conn.PubSub;

namespace Conn.DataOwners.Sqlite;

/// <summary>What a restore in place must know of the live database, read before its transaction begins.</summary>
/// <param name="SchemaVersion">Rises with every change of the schema, and by one with the restore.</param>
/// <param name="PageSize">Bytes of a page.</param>
/// <param name="IsWal">Whether it has a write-ahead log.</param>
/// <param name="Encoding">Its text encoding, as PRAGMA encoding names it.</param>
/// <param name="IsEmpty">Whether it has no tables.</param>
internal sealed record TargetFacts(int SchemaVersion, int PageSize, bool IsWal, string Encoding, bool IsEmpty)
{
    public static TargetFacts Read(Database target, CancellationToken cancellationToken)
    {
        string One(string sql) => target.Query(sql, cancellationToken)[0];
        int Number(string sql) => int.Parse(One(sql), CultureInfo.InvariantCulture);
        return new TargetFacts(
            Number("PRAGMA schema_version"),
            Number("PRAGMA page_size"),
            One("PRAGMA journal_mode") == "wal",
            One("PRAGMA encoding"),
            Number("SELECT count(*) FROM sqlite_schema") == 0);
    }

    /// <exception cref="ConnException">NotSupported: SQLite cannot change the page size in place.</exception>
    public void RequirePageSize(SqliteOwnerOptions options, StagedState state)
    {
        if (IsWal && PageSize != state.PageSize)
        {
            throw new ConnException(
                ErrorCode.NotSupported,
                $"{options.DatabasePath} has pages of {PageSize} bytes in WAL mode and the backup has pages of {state.PageSize}: "
                + "SQLite cannot change that in place. Restore to another folder, or set PRAGMA journal_mode = DELETE on it first.");
        }
    }
}
