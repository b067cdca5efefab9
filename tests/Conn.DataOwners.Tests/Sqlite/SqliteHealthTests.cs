using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteHealthTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task An_index_with_the_applications_own_collation_does_not_stand_in_the_way()
    {
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            connection.CreateCollation("odd", (a, b) => string.CompareOrdinal(b, a));
            connection.CreateFunction("twice", (long x) => x * 2, isDeterministic: true);
            SqliteLab.Execute(connection, "CREATE TABLE t (x TEXT COLLATE odd UNIQUE, n INTEGER CHECK (twice(n) > 0)); CREATE INDEX tn ON t (twice(n))");
            SqliteLab.Execute(connection, "INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)");
        }

        OwnerRemarks remarks = await RoundTripAsync();

        Assert.Empty(remarks.Errors);
        using SqliteConnection restored = _lab.Open("b.db");
        Assert.Equal(3, SqliteLab.Scalar<long>(restored, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Rows_that_break_a_constraint_are_kept_and_noted()
    {
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "CREATE TABLE t (x INTEGER, y INTEGER CHECK (y > 0)); INSERT INTO t VALUES (NULL, 1)");
            SqliteLab.Execute(connection, "PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (1, -1)");
            SqliteLab.Execute(connection, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (x INTEGER NOT NULL, y INTEGER CHECK (y > 0))'");
        }

        OwnerRemarks remarks = await RoundTripAsync();

        Assert.Contains(remarks.Notes, n => n.Contains("NULL value in t.x", StringComparison.Ordinal));
        using SqliteConnection restored = _lab.Open("b.db");
        Assert.Equal(2, SqliteLab.Scalar<long>(restored, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task An_index_that_lost_a_row_is_restored_as_it_was_and_noted()
    {
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "CREATE TABLE t (x INTEGER, y INTEGER); CREATE INDEX tx ON t (x); INSERT INTO t VALUES (1, 5), (2, 6)");
            SqliteLab.Execute(connection, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX tx ON t (y)' WHERE name = 'tx'");
        }

        OwnerRemarks remarks = await RoundTripAsync();

        Assert.Contains(remarks.Notes, n => n.Contains("index tx", StringComparison.Ordinal) && n.Contains("kept as they are", StringComparison.Ordinal));
        using SqliteConnection restored = _lab.Open("b.db");
        Assert.Equal(2, SqliteLab.Scalar<long>(restored, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_virtual_table_and_a_full_text_index_round_trip()
    {
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.Execute(connection, "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('a quick fox'), ('a lazy dog')");
        }

        OwnerRemarks remarks = await RoundTripAsync();

        Assert.Empty(remarks.Errors);
        using SqliteConnection restored = _lab.Open("b.db");
        Assert.Equal(1, SqliteLab.Scalar<long>(restored, "SELECT count(*) FROM f WHERE f MATCH 'fox'"));
    }

    [Fact]
    public async Task A_backup_leaves_no_log_beside_a_database_that_nobody_has_open()
    {
        _lab.MakeLedger("a.db", wal: true);
        await using SqliteDataOwner owner = _lab.Owner("a.db");

        _ = await owner.BackupAsync();
        _ = await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token);

        Assert.Equal([_lab.At("a.db")], System.IO.Directory.EnumerateFiles(_lab.Root));
    }

    [Fact]
    public async Task A_file_that_vanishes_behind_a_snapshot_is_a_missing_path_and_not_a_fault_without_a_name()
    {
        _lab.MakeLedger("a.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart part = await owner.BackupAsync();
        File.Delete(_lab.At("a.db"));

        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.BackupAsync(part));

        Assert.Equal(ErrorCode.PathNotFound, failure.Code);
    }

    /// <summary>a.db through a stream into b.db; what both owners had to tell.</summary>
    private async Task<OwnerRemarks> RoundTripAsync()
    {
        await using SqliteDataOwner source = _lab.Owner("a.db");
        StoredPart part = await source.BackupAsync();
        OwnerRemarks told = await source.TakeRemarksAsync(TestContext.Current.CancellationToken);
        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([part.Data]);
        OwnerRemarks restored = await target.TakeRemarksAsync(TestContext.Current.CancellationToken);
        return new OwnerRemarks([.. told.Notes, .. restored.Notes], [.. told.Errors, .. restored.Errors]);
    }
}
