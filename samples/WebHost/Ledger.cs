using Microsoft.Data.Sqlite;

namespace WebHost;

/// <summary>Amounts in a SQLite database. Each call has a connection of its own, so a restore in place finds no one in its way.</summary>
internal sealed class Ledger
{
    public Ledger(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Execute("CREATE TABLE IF NOT EXISTS entry (amount INTEGER NOT NULL)");
    }

    public string Path { get; }

    /// <summary>Adds an amount and gives the new sum.</summary>
    public long Add(long amount)
    {
        Execute("INSERT INTO entry VALUES ($amount)", amount);
        return Sum();
    }

    public long Sum() => Execute("SELECT coalesce(sum(amount), 0) FROM entry");

    private long Execute(string sql, long? amount = null)
    {
        using SqliteConnection connection = new($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        if (amount is { } value)
        {
            command.Parameters.AddWithValue("$amount", value);
        }

        return command.ExecuteScalar() is long result ? result : 0;
    }
}
