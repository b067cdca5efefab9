using Conn.ActiveBackup.Contract;
using Conn.DataOwners.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>The commit of a restore into a live database: what the two databases differ in does not change the outcome, and what is in place is never written
/// over.</summary>
public sealed class SqliteCommitTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public static TheoryData<string, string> Differences => new()
    {
        { "PRAGMA encoding = 'UTF-8'", "PRAGMA encoding = 'UTF-16le'" },
        { "PRAGMA encoding = 'UTF-16be'", "PRAGMA encoding = 'UTF-8'" },
        { "PRAGMA encoding = 'UTF-16le'", "PRAGMA encoding = 'UTF-16be'; PRAGMA journal_mode = wal" },
        { "PRAGMA auto_vacuum = 1", "PRAGMA auto_vacuum = 0" },
        { "PRAGMA auto_vacuum = 0; PRAGMA journal_mode = wal", "PRAGMA auto_vacuum = 2; PRAGMA journal_mode = wal" },
        { "PRAGMA page_size = 1024; PRAGMA encoding = 'UTF-16le'", "PRAGMA page_size = 8192" },
        { "PRAGMA application_id = 77; PRAGMA user_version = 5", "PRAGMA application_id = -3; PRAGMA user_version = 9; PRAGMA journal_mode = wal" },
        { "PRAGMA journal_mode = wal", "PRAGMA journal_mode = truncate" },
        { "PRAGMA journal_mode = delete", "PRAGMA journal_mode = persist" },
    };

    public void Dispose() => _lab.Dispose();

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task A_restore_over_a_live_database_of_other_properties_is_done_called_done_and_not_done_again(string source, string target)
    {
        MakeNotes("source.db", source, rows: 40);
        await using SqliteDataOwner from = _lab.Owner("source.db");
        byte[] stored = (await from.BackupAsync()).Data;
        MakeNotes("a.db", target, rows: 70);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, SqliteLab.Token);

        ReadOnlyMemory<byte> token = await owner.RestoreAsync([stored]);

        Assert.Equal(40, CountNotes("a.db"));
        Assert.Equal(await from.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token), await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token));
        using (SqliteConnection later = _lab.Open("a.db"))
        {
            SqliteLab.Execute(later, "INSERT INTO notes (text) VALUES ('written after the restore')");
        }

        await owner.DisposeAsync();
        _lab.AssertNothingLeft();
        await using SqliteDataOwner next = _lab.Owner("a.db");
        Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        await next.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        Assert.Equal(41, CountNotes("a.db"));
    }

    [Fact]
    public async Task A_change_of_the_text_encoding_is_noted_because_open_connections_must_be_opened_again()
    {
        MakeNotes("source.db", "PRAGMA encoding = 'UTF-8'", rows: 4);
        await using SqliteDataOwner from = _lab.Owner("source.db");
        byte[] stored = (await from.BackupAsync()).Data;
        MakeNotes("a.db", "PRAGMA encoding = 'UTF-16le'; PRAGMA journal_mode = wal", rows: 7);
        using SqliteConnection open = _lab.Open("a.db");
        await using SqliteDataOwner owner = _lab.Owner("a.db");

        _ = await owner.RestoreAsync([stored]);

        Assert.Contains((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, n => n.Contains("text encoding UTF-8", StringComparison.Ordinal));
        Assert.Equal(4, CountNotes("a.db"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restore_that_died_between_its_commit_and_its_record_is_found_done_and_rows_written_since_stay(bool wal)
    {
        Prepared prepared = await PrepareAsync(wal);
        await prepared.Owner.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);
        await prepared.Owner.DisposeAsync();
        prepared.PutBack(mark: prepared.SchemaVersion);
        using (SqliteConnection later = _lab.Open("a.db"))
        {
            SqliteLab.AddRows(later, 3);
        }

        await using SqliteDataOwner next = _lab.Owner("a.db");
        Assert.False(await next.ResumeRestoreAsync(DriveNumber.C, prepared.Token, SqliteLab.Token));
        await next.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);

        Assert.Equal(503, _lab.AssertLedger("a.db"));
        Assert.Contains((await next.TakeRemarksAsync(SqliteLab.Token)).Notes, n => n.Contains("written to since", StringComparison.Ordinal));
        await next.DisposeAsync();
        _lab.AssertNothingLeft();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_restore_that_died_before_its_commit_is_rolled_forward_and_says_what_it_replaces(bool wal, bool marked)
    {
        Prepared prepared = await PrepareAsync(wal);
        await prepared.Owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        await prepared.Owner.DisposeAsync();
        if (marked)
        {
            prepared.PutBack(mark: prepared.SchemaVersion);
        }

        using (SqliteConnection later = _lab.Open("a.db"))
        {
            SqliteLab.AddRows(later, 3);
        }

        await using SqliteDataOwner next = _lab.Owner("a.db");
        Assert.True(await next.ResumeRestoreAsync(DriveNumber.C, prepared.Token, SqliteLab.Token));
        await next.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);

        Assert.Equal(500, _lab.AssertLedger("a.db"));
        Assert.Contains((await next.TakeRemarksAsync(SqliteLab.Token)).Notes, n => n.Contains("is not kept", StringComparison.Ordinal));
        await next.DisposeAsync();
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_staged_file_that_is_gone_before_the_commit_cannot_be_rolled_forward()
    {
        Prepared prepared = await PrepareAsync(wal: true);
        await prepared.Owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        File.Delete(prepared.StagedPath);

        await using SqliteDataOwner next = _lab.Owner("a.db");
        var failure = await Assert.ThrowsAsync<PubSub.ConnException>(async () => await next.ResumeRestoreAsync(DriveNumber.C, prepared.Token, SqliteLab.Token));
        Assert.Equal(PubSub.ErrorCode.Corrupt, failure.Code);
        Assert.Equal(900, _lab.AssertLedger("a.db"));
    }

    [Fact]
    public async Task Recovery_removes_a_staged_file_with_its_mark_and_a_mark_without_one()
    {
        Prepared prepared = await PrepareAsync(wal: true);
        await prepared.Owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        CommitMark.Write(prepared.StagedPath, 1);
        CommitMark.Write(_lab.At(".conn-restore-ledger-00112233445566ff"), 1);

        Assert.Single(await prepared.Owner.RecoverAsync(SqliteLab.Token));

        await prepared.Owner.DisposeAsync();
        _lab.AssertNothingLeft();
    }

    private async Task<Prepared> PrepareAsync(bool wal)
    {
        _lab.MakeLedger("source.db", wal);
        byte[] stored;
        await using (SqliteDataOwner source = _lab.Owner("source.db"))
        {
            stored = (await source.BackupAsync()).Data;
        }

        _lab.MakeLedger("a.db", wal, rows: 900);
        int schemaVersion;
        using (SqliteConnection before = _lab.Open("a.db"))
        {
            schemaVersion = (int)SqliteLab.Scalar<long>(before, "PRAGMA schema_version");
        }

        SqliteDataOwner owner = _lab.Owner("a.db");
        await owner.StageAsync([stored]);
        ReadOnlyMemory<byte> token = await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        string path = System.IO.Directory.EnumerateFiles(_lab.Root, ".conn-restore-*").Single();

        // Opened without the lock of .NET, which the lock of the owner refuses.
        using Microsoft.Win32.SafeHandles.SafeFileHandle staged = ExistingFile.Open(path, 0);
        byte[] bytes = new byte[RandomAccess.GetLength(staged)];
        Assert.Equal(bytes.Length, RandomAccess.Read(staged, bytes, 0));
        return new Prepared(owner, token, path, bytes, schemaVersion);
    }

    private void MakeNotes(string database, string pragmas, int rows)
    {
        using SqliteConnection connection = _lab.Open(database);
        SqliteLab.Execute(connection, pragmas);
        SqliteLab.Execute(connection, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)");
        SqliteLab.Execute(connection, $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
            + "INSERT INTO notes (text) SELECT 'note äöü ' || i || hex(randomblob(200)) FROM n");
    }

    private long CountNotes(string database)
    {
        using SqliteConnection connection = _lab.Open(database);
        Assert.Equal("ok", SqliteLab.Scalar<string>(connection, "PRAGMA integrity_check"));
        return SqliteLab.Scalar<long>(connection, "SELECT count(*) FROM notes");
    }

    private sealed record Prepared(SqliteDataOwner Owner, ReadOnlyMemory<byte> Token, string StagedPath, byte[] Staged, int SchemaVersion)
    {
        /// <summary>As a process leaves it that dies between the mark and the record of the commit.</summary>
        public void PutBack(int mark)
        {
            if (!File.Exists(StagedPath))
            {
                File.WriteAllBytes(StagedPath, Staged);
            }

            CommitMark.Write(StagedPath, mark);
        }
    }
}
