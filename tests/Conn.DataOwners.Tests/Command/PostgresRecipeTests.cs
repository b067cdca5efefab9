using System.Diagnostics;
using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Command;

/// <summary>The recipe for PostgreSQL with a server of its own, on a socket in a private folder.</summary>
public sealed class PostgresRecipeTests : IAsyncLifetime
{
    private readonly CommandLab _lab = new();
    private Process? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _lab.At("pg/data");

    public async ValueTask InitializeAsync()
    {
        Programs.SkipWithout("postgresql", "initdb", "postgres", "psql", "pg_dump", "pg_restore", "setpriv");
        CommandLab.SetMode(_lab.Root, 0x1ED);
        Programs.ServerFolder(_lab.At("pg"));
        await Programs.RunAsync(Programs.StartServer(
            "initdb", "-D", Data, "-U", "conn", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8", "--no-instructions"), Token);
        _server = Programs.StartServer("postgres", "-D", Data, "-k", _lab.At("pg"), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB");
        await Programs.UntilAsync(_server.StandardError, "ready to accept connections", Token);
        await SqlAsync("postgres", "CREATE DATABASE app");
        await SqlAsync("app", "CREATE TABLE a (id serial PRIMARY KEY, x bytea); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);"
            + "INSERT INTO a (x) SELECT (SELECT string_agg(sha256((i * 100 + j)::text::bytea), NULL) FROM generate_series(1, 50) j) "
            + "FROM generate_series(1, 2000) i;"
            + "INSERT INTO b SELECT id FROM a");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await Programs.EndAsync(_server);
        }

        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_is_written_to_is_backed_up_lost_and_restored_all_or_nothing()
    {
        CommandDataOwner owner = Owner();
        byte[] stored;
        using (Process writer = StartSql("app"))
        {
            // Each statement is one transaction: a state in which the tables differ was never committed.
            await writer.StandardInput.WriteLineAsync(
                "WITH n AS (INSERT INTO a (x) VALUES ('new') RETURNING id) INSERT INTO b SELECT id FROM n RETURNING id \\watch 0.01");
            await writer.StandardInput.FlushAsync(Token);
            await writer.StandardOutput.ReadLineAsync(Token);
            stored = await CommandLab.BackupAsync(owner, Token);
            await Programs.EndAsync(writer);
        }

        await SqlAsync("app", "DROP TABLE b; DELETE FROM a WHERE id > 5; CREATE TABLE later (i int)");
        Process connected = StartSql("app");
        await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, Token);
        ReadOnlyMemory<byte> token = await CommandLab.PrepareAsync(owner, stored, Token);
        Assert.Equal("5", await SqlAsync("app", "SELECT count(*) FROM a"));

        // The process ends here; another one carries the restore through.
        await owner.DisposeAsync();
        CommandDataOwner next = Owner();
        Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, token, Token));
        await next.RestoreCompleteAsync(DriveNumber.C, Token);
        await Programs.EndAsync(connected);

        Assert.Equal("t|t|", await SqlAsync("app",
            "SELECT count(*) >= 2000, (SELECT count(*) FROM b) = count(*), to_regclass('later') FROM a WHERE id <= 2000 OR x = 'new'"));
        Assert.Equal("3200000", await SqlAsync("app", "SELECT sum(length(x)) FROM a WHERE id <= 2000"));
        Assert.Equal("app,postgres,template0,template1", await DatabasesAsync());
    }

    [Fact]
    public async Task A_restore_that_is_not_committed_leaves_the_database_and_no_other()
    {
        CommandDataOwner owner = Owner();
        byte[] stored = await CommandLab.BackupAsync(owner, Token);
        await SqlAsync("app", "DELETE FROM b WHERE id > 7");
        await CommandLab.PrepareAsync(owner, stored, Token);
        await owner.TerminateMultiStageOperationAsync(Token);
        Assert.Single(await owner.RecoverAsync(Token));

        Assert.Equal("7", await SqlAsync("app", "SELECT count(*) FROM b"));
        Assert.Equal("app,postgres,template0,template1", await DatabasesAsync());

        // A dump that is damaged inside, although its SHA-256 is right, is refused before the commit.
        byte[] damaged = CommandLab.Stored(stored[..(stored.Length / 2)]);
        await Assert.ThrowsAsync<ConnException>(async () => await CommandLab.PrepareAsync(owner, damaged, Token));
        await owner.TerminateMultiStageOperationAsync(Token);
        await owner.RecoverAsync(Token);
        Assert.Equal("7", await SqlAsync("app", "SELECT count(*) FROM b"));
        Assert.Equal("app,postgres,template0,template1", await DatabasesAsync());
    }

    [Fact]
    public async Task A_server_that_is_gone_in_the_middle_of_a_dump_is_a_failure_and_afterwards_worth_a_retry()
    {
        CommandDataOwner owner = Owner();
        await owner.InitialiseGetBackupDataAsync(DriveNumber.C, Token);
        byte[] buffer = new byte[1000];
        Assert.Equal(buffer.Length, (await owner.GetBackupDataSectionAsync(buffer, Token)).Bytes);
        await Programs.EndAsync(_server!);
        _server = null;
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
    }

    private CommandDataOwner Owner() => _lab.Owner(Programs.Recipe("postgresql.sh"), o => o with
    {
        Plans = true, Environment = new Dictionary<string, string> { ["PGHOST"] = _lab.At("pg"), ["PGUSER"] = "conn", ["PGDATABASE"] = "app" },
    });

    private Process StartSql(string database, params string[] more) =>
        Programs.StartServer("psql", ["-X", "-q", "-A", "-t", "-h", _lab.At("pg"), "-U", "conn", "-d", database, .. more]);

    private Task<string> SqlAsync(string database, string sql) => Programs.RunAsync(StartSql(database, "-v", "ON_ERROR_STOP=1", "-c", sql), Token);

    private Task<string> DatabasesAsync() => SqlAsync("postgres", "SELECT string_agg(datname, ',' ORDER BY datname COLLATE \"C\") FROM pg_database");
}
