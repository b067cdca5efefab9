using System.Diagnostics;
using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>The recipe for PostgreSQL with a real server; each test has a database of its own.</summary>
public sealed class PostgresRecipeTests(PostgresServer server) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private readonly CommandLab _lab = new();
    private readonly string _database = $"app_{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Programs.SkipWithout("postgresql", "initdb", "postgres", "psql", "pg_dump", "pg_restore", "setpriv");
        await SqlAsync("postgres", $"CREATE DATABASE {_database}");
        await SqlAsync(_database, "CREATE TABLE a (id serial PRIMARY KEY, x bytea); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);"
            + "INSERT INTO a (x) SELECT (SELECT string_agg(sha256((i * 100 + j)::text::bytea), NULL) FROM generate_series(1, 50) j) "
            + "FROM generate_series(1, 2000) i; INSERT INTO b SELECT id FROM a");
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_database_that_is_written_to_is_backed_up_lost_and_restored_all_or_nothing()
    {
        CommandDataOwner owner = Owner();
        byte[] stored;
        using (Process writer = StartSql(_database))
        {
            // Each statement is one transaction: a state in which the tables differ was never committed.
            await writer.StandardInput.WriteLineAsync(
                "WITH n AS (INSERT INTO a (x) VALUES ('new') RETURNING id) INSERT INTO b SELECT id FROM n RETURNING id \\watch 0.01");
            await writer.StandardInput.FlushAsync(Token);
            await writer.StandardOutput.ReadLineAsync(Token);
            stored = await CommandLab.BackupAsync(owner, Token);
            await Programs.EndAsync(writer);
        }

        await SqlAsync(_database, "DROP TABLE b; DELETE FROM a WHERE id > 5; CREATE TABLE later (i int)");
        Process connected = StartSql(_database);
        await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, Token);
        ReadOnlyMemory<byte> token = await CommandLab.PrepareAsync(owner, stored, Token);
        Assert.Equal("5", await SqlAsync(_database, "SELECT count(*) FROM a"));

        // The process ends here; another one carries the restore through.
        await owner.DisposeAsync();
        CommandDataOwner next = Owner();
        Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        await next.RestoreCompleteAsync(DriveNumber.C, Token);
        await Programs.EndAsync(connected);

        Assert.Equal("t|t|", await SqlAsync(_database,
            "SELECT count(*) >= 2000, (SELECT count(*) FROM b) = count(*), to_regclass('later') FROM a WHERE id <= 2000 OR x = 'new'"));
        Assert.Equal("3200000", await SqlAsync(_database, "SELECT sum(length(x)) FROM a WHERE id <= 2000"));
        Assert.Equal(_database, await DatabasesAsync());
    }

    [Fact]
    public async Task A_restore_that_is_not_committed_leaves_the_database_and_no_other()
    {
        CommandDataOwner owner = Owner();
        byte[] stored = await CommandLab.BackupAsync(owner, Token);
        await SqlAsync(_database, "DELETE FROM b WHERE id > 7");
        await CommandLab.PrepareAsync(owner, stored, Token);
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Single(await owner.RecoverAsync(Token));

        Assert.Equal("7", await SqlAsync(_database, "SELECT count(*) FROM b"));
        Assert.Equal(_database, await DatabasesAsync());

        // A dump that is damaged inside, although its SHA-256 is right, is refused before the commit.
        byte[] damaged = CommandLab.Stored(stored[..(stored.Length / 2)]);
        await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, damaged, Token));
        await owner.TerminateMultiStageOperationAsync(Token);
        await owner.RecoverAsync(Token);
        Assert.Equal("7", await SqlAsync(_database, "SELECT count(*) FROM b"));
        Assert.Equal(_database, await DatabasesAsync());
    }

    [Fact]
    public async Task A_server_that_is_gone_in_the_middle_of_a_dump_is_a_failure_and_afterwards_worth_a_retry()
    {
        CommandDataOwner owner = Owner();
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        byte[] buffer = new byte[1000];
        Assert.Equal(buffer.Length, (await owner.GetBackupDataSectionAsync(buffer, Token)).Bytes);
        await server.KillAsync();
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () =>
        {
            while (!(await owner.GetBackupDataSectionAsync(new byte[1 << 20], Token)).Finished)
            {
            }
        });
        Assert.Equal(ErrorCode.General, failure.Code);
        Assert.Contains("pg_dump", failure.Message, StringComparison.Ordinal);
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_lab.Staging));

        failure = await Assert.ThrowsAsync<ConnException>(() => CommandLab.BackupAsync(owner, Token));
        Assert.True(failure.IsTransient, failure.Message);
        Assert.Contains("does not accept connections", failure.Message, StringComparison.Ordinal);
        await server.StartAsync();
        Assert.True((await CommandLab.BackupAsync(owner, Token)).Length > buffer.Length);
    }

    private CommandDataOwner Owner() => _lab.Owner(Programs.Recipe("postgresql.sh"), o => o with
    {
        Plans = true, Environment = new Dictionary<string, string> { ["PGHOST"] = server.Folder, ["PGUSER"] = "conn", ["PGDATABASE"] = _database },
    });

    private Process StartSql(string database, params string[] more) =>
        Programs.StartServer("psql", ["-X", "-q", "-A", "-t", "-h", server.Folder, "-U", "conn", "-d", database, .. more]);

    private Task<string> SqlAsync(string database, string sql) => Programs.RunAsync(StartSql(database, "-v", "ON_ERROR_STOP=1", "-c", sql), Token);

    /// <summary>The database, and what a restore may have left beside it.</summary>
    private Task<string> DatabasesAsync() => SqlAsync(
        "postgres", $"SELECT string_agg(datname, ',') FROM pg_database WHERE datname LIKE '{_database}%'");
}
