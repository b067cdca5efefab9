using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.Cli.Tests.Trees;

/// <summary>A real SQLite database; its print is every row in order, and it must be whole to be printed.</summary>
internal static class Ledger
{
    public static void Make(string path, int rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using SqliteConnection connection = Open(path);
        Execute(connection, "CREATE TABLE entry (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, pad BLOB NOT NULL)");
        Add(connection, rows);
    }

    /// <summary>Adds rows and changes each so many-th that there was.</summary>
    public static void Add(string path, int rows, int every = 7)
    {
        using SqliteConnection connection = Open(path);
        Execute(connection, $"UPDATE entry SET amount = amount + 1 WHERE id % {every} = 0");
        Add(connection, rows);
    }

    /// <summary>Fails unless the database is whole.</summary>
    public static string Print(string path)
    {
        using SqliteConnection connection = Open(path);
        Assert.Equal("ok", Scalar(connection, "PRAGMA integrity_check"));
        return Scalar(connection, "SELECT count(*) || ':' || sum((amount * id) % 1000003) || ':' || group_concat(hex(substr(pad, 1, 8)), '') FROM (SELECT * FROM entry ORDER BY id)");
    }

    /// <summary>Leaves the bytes by which a database is known, and nothing that could be read.</summary>
    public static void Damage(string path)
    {
        const int known = 16;
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(known).Fill(byte.MaxValue);
        File.WriteAllBytes(path, bytes);
    }

    private static SqliteConnection Open(string path)
    {
        SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Add(SqliteConnection connection, int rows) => Execute(connection,
        $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO entry (amount, pad) SELECT i, randomblob(200) FROM n");

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static string Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Assert.IsType<string>(command.ExecuteScalar());
    }
}
