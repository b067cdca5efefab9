using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>A folder with real databases, owners over them, and other processes that work on them; all gone at the end.</summary>
public sealed class SqliteLab : IDisposable
{
    private readonly List<Process> _processes = [];

    public SqliteLab() => Root = System.IO.Directory.CreateTempSubdirectory("conn-sqlite-lab-").FullName;

    public string Root { get; }

    public string Spool => Path.Combine(Root, "spool");

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string At(string name) => Path.Combine(Root, name);

    public SqliteDataOwner Owner(string database, bool inPlace = true, TimeSpan? busy = null, Action? progress = null, TimeProvider? time = null) => new(new SqliteOwnerOptions
    {
        Name = "ledger",
        DatabasePath = At(database),
        SpoolFolder = Spool,
        InPlace = inPlace,
        BusyTimeout = busy ?? TimeSpan.FromMilliseconds(100),
        Progress = progress,
        TimeProvider = time ?? TimeProvider.System,
    });

    public SqliteConnection Open(string database)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(At(database))!);
        SqliteConnection connection = new($"Data Source={At(database)};Pooling=False;Default Timeout=5");
        connection.Open();
        return connection;
    }

    /// <summary>Two tables whose sums are equal in every committed state.</summary>
    public void MakeLedger(string database, bool wal, int rows = 500, int pageSize = 4096)
    {
        using SqliteConnection connection = Open(database);
        Execute(connection, $"PRAGMA page_size = {pageSize}; PRAGMA journal_mode = {(wal ? "wal" : "delete")}");
        Execute(connection, "CREATE TABLE debit (id INTEGER PRIMARY KEY, amount INTEGER, pad BLOB); CREATE TABLE credit (id INTEGER PRIMARY KEY, amount INTEGER, pad BLOB)");
        AddRows(connection, rows);
    }

    public static void AddRows(SqliteConnection connection, int rows)
    {
        Execute(
            connection,
            $"""
            BEGIN IMMEDIATE;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO debit (amount, pad) SELECT i, randomblob(300) FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
            INSERT INTO credit (amount, pad) SELECT i, randomblob(300) FROM n;
            COMMIT;
            """);
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        _ = command.ExecuteNonQuery();
    }

    public static T Scalar<T>(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (T)command.ExecuteScalar()!;
    }

    /// <summary>Fails unless the database is whole and the sums are equal; gives the number of rows.</summary>
    public long AssertLedger(string database)
    {
        using SqliteConnection connection = Open(database);
        return AssertLedger(connection);
    }

    public static long AssertLedger(SqliteConnection connection)
    {
        Assert.Equal("ok", Scalar<string>(connection, "PRAGMA integrity_check"));
        Assert.Equal(Scalar<long>(connection, "SELECT sum(amount) FROM debit"), Scalar<long>(connection, "SELECT sum(amount) FROM credit"));
        return Scalar<long>(connection, "SELECT count(*) FROM debit");
    }

    /// <summary>Starts this test program again in another role (see <see cref="OtherProcess"/>) and waits for its first line.</summary>
    public async Task<(Process Process, string FirstLine)> StartAsync(string role, string database)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [OtherProcess.RoleVariable] = role, [OtherProcess.PathVariable] = At(database), [OtherProcess.SpoolVariable] = Spool },
        };
        Process process = Process.Start(start)!;
        _processes.Add(process);
        string? line = await process.StandardOutput.ReadLineAsync(Token);
        Assert.NotNull(line);
        return (process, line);
    }

    /// <summary>Lets the other process end by itself.</summary>
    public static async Task<string> EndAsync(Process process)
    {
        process.StandardInput.Close();
        string rest = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
        return rest;
    }

    public void AssertNothingLeft()
    {
        Assert.True(!System.IO.Directory.Exists(Spool) || !System.IO.Directory.EnumerateFileSystemEntries(Spool).Any(), "The spool folder is not empty.");
        Assert.DoesNotContain(System.IO.Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories), f => Path.GetFileName(f).StartsWith(".conn-restore-", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }

        System.IO.Directory.Delete(Root, recursive: true);
    }
}
