using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteRestoreTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restore_in_place_is_seen_by_an_open_idle_connection_and_keeps_the_journal_mode(bool wal)
    {
        byte[] stored = await StoredAsync(wal: !wal);
        _lab.MakeLedger("a.db", wal, rows: 900);
        using SqliteConnection open = _lab.Open("a.db");
        Assert.Equal(900, SqliteLab.AssertLedger(open));
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, SqliteLab.Token);
        uint before = await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token);

        _ = await owner.RestoreAsync([stored]);
        await owner.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token);

        Assert.Equal(500, SqliteLab.AssertLedger(open));
        Assert.Equal(wal ? "wal" : "delete", SqliteLab.Scalar<string>(open, "PRAGMA journal_mode"));
        SqliteLab.AddRows(open, 2);
        Assert.Equal(502, _lab.AssertLedger("a.db"));
        Assert.NotEqual(before, await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token));

        // The owner of a daemon lives on.
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_restored_live_database_has_the_checksum_of_the_backed_up_one()
    {
        _lab.MakeLedger("from.db", wal: true, rows: 300);
        await using SqliteDataOwner source = _lab.Owner("from.db");
        byte[] stored = (await source.BackupAsync()).Data;
        _lab.MakeLedger("a.db", wal: false, rows: 100);
        await using SqliteDataOwner target = _lab.Owner("a.db");

        _ = await target.RestoreAsync([stored], split: 1000);

        Assert.Equal(await source.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token), await target.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token));
    }

    [Theory]
    [InlineData(true, "hold-write")]
    [InlineData(false, "hold-write")]
    [InlineData(false, "hold-read")]
    [InlineData(false, "hold-all")]
    public async Task A_busy_target_is_in_use_in_plan_and_in_prepare_and_stays_as_it_was(bool wal, string holder)
    {
        byte[] stored = await StoredAsync(wal);
        _lab.MakeLedger("a.db", wal, rows: 900);
        (System.Diagnostics.Process process, _) = await _lab.StartAsync(holder, "a.db");
        await using SqliteDataOwner owner = _lab.Owner("a.db");

        ConnException plan = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, SqliteLab.Token));
        await owner.StageAsync([stored]);
        ConnException prepare = await Assert.ThrowsAsync<ConnException>(async () => await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token));
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);

        Assert.Equal(ErrorCode.InUse, plan.Code);
        Assert.Equal(ErrorCode.InUse, prepare.Code);
        _ = await SqliteLab.EndAsync(process);
        Assert.Equal(900, _lab.AssertLedger("a.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_wal_reader_keeps_its_old_state_and_does_not_stop_a_restore_in_place()
    {
        byte[] stored = await StoredAsync(wal: true);
        _lab.MakeLedger("a.db", wal: true, rows: 900);
        using SqliteConnection reader = _lab.Open("a.db");
        SqliteLab.Execute(reader, "BEGIN");
        Assert.Equal(900, SqliteLab.Scalar<long>(reader, "SELECT count(*) FROM debit"));
        await using SqliteDataOwner owner = _lab.Owner("a.db");

        _ = await owner.RestoreAsync([stored]);

        Assert.Equal(900, SqliteLab.AssertLedger(reader));
        SqliteLab.Execute(reader, "COMMIT");
        Assert.Equal(500, SqliteLab.AssertLedger(reader));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task From_prepare_to_terminate_writers_are_shut_out_and_then_nothing_has_changed(bool wal)
    {
        byte[] stored = await StoredAsync(wal);
        _lab.MakeLedger("a.db", wal, rows: 900);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        await owner.StageAsync([stored]);
        _ = await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);

        using (SqliteConnection writer = new($"Data Source={_lab.At("a.db")};Pooling=False"))
        {
            writer.Open();
            SqliteLab.Execute(writer, "PRAGMA busy_timeout = 10");
            using SqliteCommand command = writer.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.CommandTimeout = 1;
            SqliteException refusal = Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());
            Assert.Equal(5, refusal.SqliteErrorCode);
        }

        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        Assert.Single(await owner.RecoverAsync(SqliteLab.Token));

        using SqliteConnection after = _lab.Open("a.db");
        SqliteLab.AddRows(after, 1);
        Assert.Equal(901, SqliteLab.AssertLedger(after));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_lost_database_is_restored_in_place_as_a_new_file_but_never_beside_an_old_journal()
    {
        byte[] stored = await StoredAsync(wal: true);
        await File.WriteAllTextAsync(_lab.At("b.db-wal"), "left", SqliteLab.Token);
        await using SqliteDataOwner owner = _lab.Owner("b.db");
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, -1, SqliteLab.Token));
        Assert.Equal(ErrorCode.AlreadyExists, refusal.Code);
        File.Delete(_lab.At("b.db-wal"));

        await owner.PlanRestoreAsync(DriveNumber.C, -1, SqliteLab.Token);
        _ = await owner.RestoreAsync([stored]);

        Assert.Equal(500, _lab.AssertLedger("b.db"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(File.GetUnixFileMode(_lab.At("source.db")), File.GetUnixFileMode(_lab.At("b.db")));
        }
    }

    [Fact]
    public async Task A_new_file_never_replaces_one_that_is_there()
    {
        byte[] stored = await StoredAsync(wal: true);
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);
        await owner.StageAsync([stored]);
        _ = await owner.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        await File.WriteAllTextAsync(_lab.At("b.db"), "mine", SqliteLab.Token);

        ConnException late = await Assert.ThrowsAsync<ConnException>(async () => await owner.RestoreCompleteAsync(DriveNumber.C, SqliteLab.Token));
        ConnException early = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, -1, SqliteLab.Token));

        Assert.Equal(ErrorCode.AlreadyExists, late.Code);
        Assert.Equal(ErrorCode.AlreadyExists, early.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(_lab.At("b.db"), SqliteLab.Token));
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        Assert.Single(System.IO.Directory.EnumerateFiles(_lab.Root, ".conn-restore-*"));
    }

    [Fact]
    public async Task Another_page_size_is_written_into_a_rollback_journal_target_and_refused_for_a_wal_one()
    {
        byte[] stored = await StoredAsync(wal: false, pageSize: 16384);
        _lab.MakeLedger("plain.db", wal: false, rows: 900, pageSize: 1024);
        await using SqliteDataOwner plain = _lab.Owner("plain.db");
        _ = await plain.RestoreAsync([stored]);
        Assert.Equal(500, _lab.AssertLedger("plain.db"));

        _lab.MakeLedger("wal.db", wal: true, rows: 900, pageSize: 1024);
        await using SqliteDataOwner wal = _lab.Owner("wal.db");
        await wal.StageAsync([stored]);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await wal.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token));
        Assert.Equal(ErrorCode.NotSupported, refusal.Code);
        Assert.Equal(900, _lab.AssertLedger("wal.db"));
    }

    [Fact]
    public async Task More_than_free_space_is_refused_before_anything_is_written()
    {
        await using SqliteDataOwner owner = _lab.Owner("deep/er/b.db", inPlace: false);
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, long.MaxValue / 4, SqliteLab.Token));
        Assert.Equal(ErrorCode.DiskFull, refusal.Code);
        Assert.False(System.IO.Directory.Exists(_lab.At("deep")));
    }

    [Fact]
    public async Task Recovery_removes_what_an_earlier_restore_left_staged_but_nothing_of_other_owners_and_a_restore_removes_neither()
    {
        byte[] stored = await StoredAsync(wal: true);
        string mine = _lab.At(".conn-restore-ledger-0123456789abcdef");
        string others = _lab.At(".conn-restore-ledger-two-0123456789abcdef");
        await File.WriteAllTextAsync(mine, "left", SqliteLab.Token);
        await File.WriteAllTextAsync(others, "not ours", SqliteLab.Token);
        await using SqliteDataOwner owner = _lab.Owner("b.db", inPlace: false);

        _ = await owner.RestoreAsync([stored]);

        Assert.True(File.Exists(mine));
        Assert.True(File.Exists(others));
        Assert.Contains(".conn-restore-ledger-0123456789abcdef", Assert.Single(await owner.RecoverAsync(SqliteLab.Token)), StringComparison.Ordinal);
        Assert.False(File.Exists(mine));
        Assert.True(File.Exists(others));
    }

    private async Task<byte[]> StoredAsync(bool wal, int rows = 500, int pageSize = 4096)
    {
        _lab.MakeLedger("source.db", wal, rows, pageSize);
        await using SqliteDataOwner owner = _lab.Owner("source.db");
        return (await owner.BackupAsync()).Data;
    }
}
