using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Conn.Cli.Demo;

/// <summary>The demo's real database: a writer commits transfers without pause; every committed state can be checked in itself.</summary>
internal sealed class DemoLedger : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _writer = Task.CompletedTask;
    private long _committed;

    public DemoLedger(string path) => Path = path;

    public string Path { get; }

    /// <summary>Transfers committed so far.</summary>
    public long Committed => Volatile.Read(ref _committed);

    public void Make()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        using SqliteConnection connection = Open();
        Execute(connection, "PRAGMA journal_mode=wal; CREATE TABLE transfer(id INTEGER PRIMARY KEY, payload BLOB NOT NULL); "
            + "CREATE TABLE total(id INTEGER PRIMARY KEY, transfers INTEGER NOT NULL); INSERT INTO total VALUES(1, 0)");
        for (int batch = 0; batch < 20; batch++)
        {
            Commit(connection, 500);
        }
    }

    /// <summary>Starts to commit one transfer after the other, each with its total, until stopped.</summary>
    public void StartWriting() => _writer = Task.Run(() =>
    {
        using SqliteConnection connection = Open();
        while (!_stop.IsCancellationRequested)
        {
            Commit(connection, 1);
        }
    });

    public async Task StopWritingAsync()
    {
        await _stop.CancelAsync();
        await _writer;
    }

    public void Lose()
    {
        SqliteConnection.ClearAllPools();
        foreach (string file in new[] { Path, Path + "-wal", Path + "-shm" })
        {
            File.Delete(file);
        }
    }

    /// <summary>Checks every byte of every row, the total, and the file's integrity.</summary>
    /// <returns>How many transfers the state holds, or why it is none.</returns>
    public (long Transfers, string? Problem) Check()
    {
        using SqliteConnection connection = Open();
        string integrity = (string)Scalar(connection, "PRAGMA integrity_check");
        if (integrity != "ok")
        {
            return (0, $"integrity_check says {integrity}");
        }

        long expected = 0;
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT id, payload FROM transfer ORDER BY id";
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            expected++;
            if (reader.GetInt64(0) != expected || !Payload(expected).AsSpan().SequenceEqual((byte[])reader.GetValue(1)))
            {
                return (expected, $"transfer {expected} is not what was written");
            }
        }

        long total = (long)Scalar(connection, "SELECT transfers FROM total");
        return (expected, total == expected ? null : $"{expected} transfers and a total of {total}: half a transaction");
    }

    public async ValueTask DisposeAsync()
    {
        await StopWritingAsync();
        SqliteConnection.ClearAllPools();
        _stop.Dispose();
    }

    private static byte[] Payload(long id)
    {
        byte[] payload = new byte[200];
        byte[] seed = SHA256.HashData(BitConverter.GetBytes(id));
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] = seed[i % seed.Length];
        }

        return payload;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!;
    }

    private void Commit(SqliteConnection connection, int count)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO transfer VALUES($id, $payload)";
        SqliteParameter id = insert.Parameters.AddWithValue("$id", 0L);
        SqliteParameter payload = insert.Parameters.AddWithValue("$payload", Array.Empty<byte>());
        for (int i = 0; i < count; i++)
        {
            long next = _committed + i + 1;
            id.Value = next;
            payload.Value = Payload(next);
            insert.ExecuteNonQuery();
        }

        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE total SET transfers = {_committed + count}"));
        transaction.Commit();
        Volatile.Write(ref _committed, _committed + count);
    }

    private SqliteConnection Open()
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA busy_timeout=10000; PRAGMA synchronous=normal");
        return connection;
    }
}
