using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

public sealed class SqliteBackupTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 7)]
    [InlineData(true, 4096)]
    [InlineData(false, 1 << 20)]
    public async Task A_base_and_an_increment_restore_to_the_same_content_with_any_buffer_and_any_split(bool wal, int bytes)
    {
        _lab.MakeLedger("a.db", wal, rows: bytes == 1 ? 20 : 500);
        await using SqliteDataOwner source = _lab.Owner("a.db");
        StoredPart first = await source.BackupAsync(bufferBytes: bytes);
        using (SqliteConnection connection = _lab.Open("a.db"))
        {
            SqliteLab.AddRows(connection, 3);
        }

        StoredPart second = await source.BackupAsync(first, bytes);
        Assert.True(second.Data.Length < first.Data.Length);

        await using SqliteDataOwner target = _lab.Owner("out/ledger/a.db", inPlace: false);
        await target.PlanRestoreAsync(DriveNumber.C, first.Data.Length, SqliteLab.Token);
        _ = await target.RestoreAsync([first.Data, second.Data], bytes);

        _ = _lab.AssertLedger("out/ledger/a.db");
        Assert.Equal(await source.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token), await target.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token));
        using (SqliteConnection restored = _lab.Open("out/ledger/a.db"))
        {
            Assert.Equal(wal ? "wal" : "delete", SqliteLab.Scalar<string>(restored, "PRAGMA journal_mode"));
        }

        await source.DisposeAsync();
        await target.DisposeAsync();
        _lab.AssertNothingLeft();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_chain_follows_growing_and_shrinking(bool wal)
    {
        _lab.MakeLedger("a.db", wal, rows: 2000);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        List<StoredPart> chain = [await owner.BackupAsync()];
        foreach (string change in (string[])["DELETE FROM debit WHERE id > 100; DELETE FROM credit WHERE id > 100", "VACUUM", "+", "DROP TABLE IF EXISTS extra; CREATE TABLE extra (x)"])
        {
            using (SqliteConnection connection = _lab.Open("a.db"))
            {
                if (change == "+")
                {
                    SqliteLab.AddRows(connection, 3000);
                }
                else
                {
                    SqliteLab.Execute(connection, change);
                }
            }

            chain.Add(await owner.BackupAsync(chain[^1]));
        }

        Assert.True(chain[2].Data.Length < chain[0].Data.Length / 4, "VACUUM left a small database.");
        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([.. chain.Select(p => p.Data)]);
        Assert.Equal(3100, _lab.AssertLedger("b.db"));
        Assert.Equal(await owner.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token), await target.GetDataChecksumAsync(DriveNumber.C, SqliteLab.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_in_another_process_never_leaves_half_a_transaction_in_the_copy(bool wal)
    {
        _lab.MakeLedger("a.db", wal, rows: 3000);
        (System.Diagnostics.Process writer, string line) = await _lab.StartAsync("write", "a.db");
        Assert.Equal("writing", line);
        await using SqliteDataOwner owner = _lab.Owner("a.db", busy: TimeSpan.FromSeconds(20));
        List<StoredPart> chain = [await owner.BackupAsync()];
        for (int i = 0; i < 4; i++)
        {
            chain.Add(await owner.BackupAsync(chain[^1]));
            OwnerRemarks remarks = await owner.TakeRemarksAsync(TestContext.Current.CancellationToken);
            Assert.Empty(remarks.Errors);
            Assert.All(remarks.Notes, note => Assert.True(!wal && note.Contains("could not commit", StringComparison.Ordinal), note));
        }

        long commits = long.Parse(await SqliteLab.EndAsync(writer), System.Globalization.CultureInfo.InvariantCulture);
        long rows = 3000;
        for (int length = 1; length <= chain.Count; length++)
        {
            await using SqliteDataOwner target = _lab.Owner($"out{length}.db", inPlace: false);
            _ = await target.RestoreAsync([.. chain.Take(length).Select(p => p.Data)]);
            long now = _lab.AssertLedger($"out{length}.db");
            Assert.InRange(now, rows, 3000 + commits);
            rows = now;
        }

        Assert.True(rows > 3000, "The writer committed while the chain was taken.");
        Assert.Equal(3000 + commits, _lab.AssertLedger("a.db"));
    }

    [Fact]
    public async Task A_wal_writer_commits_while_a_copy_is_being_taken()
    {
        _lab.MakeLedger("a.db", wal: true, rows: 20_000);
        using SqliteConnection connection = _lab.Open("a.db");
        int calls = 0;
        await using SqliteDataOwner owner = _lab.Owner("a.db", progress: () =>
        {
            if (calls++ == 0)
            {
                SqliteLab.AddRows(connection, 1);
            }
        });

        StoredPart part = await owner.BackupAsync();

        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([part.Data]);
        Assert.Equal(20_000, _lab.AssertLedger("b.db"));
        Assert.Equal(20_001, SqliteLab.AssertLedger(connection));
    }

    [Fact]
    public async Task A_missing_source_a_folder_and_a_foreign_file_are_told_apart()
    {
        System.IO.Directory.CreateDirectory(_lab.At("folder.db"));
        await File.WriteAllTextAsync(_lab.At("text.db"), new string('x', 5000), SqliteLab.Token);

        Assert.Equal(ErrorCode.PathNotFound, await CodeOfBackupAsync("none.db"));
        Assert.Equal(ErrorCode.Corrupt, await CodeOfBackupAsync("folder.db"));
        Assert.Equal(ErrorCode.Corrupt, await CodeOfBackupAsync("text.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_source_locked_for_longer_than_the_busy_timeout_is_in_use()
    {
        _lab.MakeLedger("a.db", wal: false);
        (System.Diagnostics.Process holder, _) = await _lab.StartAsync("hold-all", "a.db");

        Assert.Equal(ErrorCode.InUse, await CodeOfBackupAsync("a.db"));

        _ = await SqliteLab.EndAsync(holder);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        _ = await owner.BackupAsync();
    }

    [Fact]
    public async Task A_damaged_source_fails_its_backup_and_not_its_restore()
    {
        _lab.MakeLedger("a.db", wal: false, rows: 3000);
        byte[] bytes = await File.ReadAllBytesAsync(_lab.At("a.db"), SqliteLab.Token);
        bytes.AsSpan(4096 * 40, 4096).Fill(0xEE);
        await File.WriteAllBytesAsync(_lab.At("a.db"), bytes, SqliteLab.Token);

        Assert.Equal(ErrorCode.Corrupt, await CodeOfBackupAsync("a.db"));
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task A_cancelled_copy_leaves_nothing_and_the_owner_can_begin_again()
    {
        _lab.MakeLedger("a.db", wal: true, rows: 20_000);
        using CancellationTokenSource cancel = new();
        await using SqliteDataOwner owner = _lab.Owner("a.db", progress: cancel.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await owner.InitialiseGetBackupDataAsync(DriveNumber.C, cancel.Token));

        _lab.AssertNothingLeft();
        Assert.True((await owner.BackupAsync()).Data.Length > 4096);
    }

    [Fact]
    public async Task An_empty_file_is_an_empty_database()
    {
        await File.WriteAllBytesAsync(_lab.At("a.db"), [], SqliteLab.Token);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart part = await owner.BackupAsync();

        await using SqliteDataOwner target = _lab.Owner("b.db", inPlace: false);
        _ = await target.RestoreAsync([part.Data]);

        using SqliteConnection connection = _lab.Open("b.db");
        Assert.Equal(0, SqliteLab.Scalar<long>(connection, "SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task A_killed_backup_leaves_a_spool_folder_that_the_next_one_removes()
    {
        _lab.MakeLedger("a.db", wal: true);
        string left = System.IO.Directory.CreateDirectory(Path.Combine(_lab.Spool, "conn-sqlite-left")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "lock"), string.Empty, SqliteLab.Token);
        await File.WriteAllTextAsync(Path.Combine(left, "0.db"), "half a copy", SqliteLab.Token);

        await using SqliteDataOwner owner = _lab.Owner("a.db");
        _ = await owner.BackupAsync();

        Assert.False(System.IO.Directory.Exists(left));
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        _lab.AssertNothingLeft();
    }

    [Fact]
    public async Task The_spool_is_private_while_it_is_used()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows keeps no permission bits.");
        }

        _lab.MakeLedger("a.db", wal: true);
        List<UnixFileMode> modes = [];
        await using SqliteDataOwner owner = _lab.Owner("a.db", progress: () => modes.AddRange(
            System.IO.Directory.EnumerateFileSystemEntries(_lab.Spool, "*", SearchOption.AllDirectories).Select(ModeOf)));
        _ = await owner.BackupAsync();

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        Assert.NotEmpty(modes);
        Assert.All(modes, m => Assert.Equal(UnixFileMode.None, m & Others));
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    private async Task<ErrorCode> CodeOfBackupAsync(string database)
    {
        await using SqliteDataOwner owner = _lab.Owner(database);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.InitialiseGetBackupDataAsync(DriveNumber.C, SqliteLab.Token));
        return failure.Code;
    }
}
