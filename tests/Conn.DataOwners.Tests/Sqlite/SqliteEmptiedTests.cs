using Conn.ActiveBackup;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>A database that suddenly has nothing in it is backed up as it is, with a note that stands out, and the base before it can still be
/// restored.</summary>
public sealed class SqliteEmptiedTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("cut", 4096)]
    [InlineData("cut", 1024)]
    [InlineData("dropped", 4096)]
    [InlineData("replaced", 4096)]
    public async Task A_database_without_tables_gets_a_note_that_stands_out_once(string how, int pageSize)
    {
        _lab.MakeLedger("a.db", wal: false, pageSize: pageSize);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart full = await owner.BackupAsync();
        Assert.DoesNotContain((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        await EmptyAsync(how);

        StoredPart empty = await BackupAfterAsync(owner, full);
        Assert.Single((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        StoredPart again = await BackupAfterAsync(owner, empty);
        Assert.DoesNotContain((await owner.TakeRemarksAsync(SqliteLab.Token)).Notes, IsAttention);
        Assert.NotNull(again);

        await using SqliteDataOwner target = _lab.Owner("before.db", inPlace: false);
        _ = await target.RestoreAsync([full.Data]);
        Assert.Equal(500, _lab.AssertLedger("before.db"));
    }

    [Fact]
    public async Task The_size_of_the_whole_database_is_said_of_a_base_and_of_an_increment()
    {
        _lab.MakeLedger("a.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("a.db");
        StoredPart full = await owner.BackupAsync();
        Assert.Equal(new FileInfo(_lab.At("a.db")).Length, (await owner.TakeRemarksAsync(SqliteLab.Token)).TotalBytes);
        _ = await owner.BackupAsync(full);
        Assert.Equal(new FileInfo(_lab.At("a.db")).Length, (await owner.TakeRemarksAsync(SqliteLab.Token)).TotalBytes);
        Assert.Equal(-1, (await owner.TakeRemarksAsync(SqliteLab.Token)).TotalBytes);
    }

    [Theory]
    [InlineData("random", -20)]
    [InlineData("missing", -12)]
    public async Task The_expected_size_is_refused_where_the_backup_would_be(string how, int code)
    {
        if (how == "random")
        {
            byte[] bytes = new byte[8192];
            new Random(1).NextBytes(bytes);
            await File.WriteAllBytesAsync(_lab.At("a.db"), bytes, SqliteLab.Token);
        }

        await using SqliteDataOwner owner = _lab.Owner("a.db");
        await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token);
        ConnException planned = await Assert.ThrowsAsync<ConnException>(async () => await owner.GetExpectedDataSizeAsync(DriveNumber.C, SqliteLab.Token));
        ConnException run = await Assert.ThrowsAsync<ConnException>(async () => await owner.InitialiseGetBackupDataAsync(DriveNumber.C, SqliteLab.Token));
        Assert.Equal((code, run.Code), (planned.Code.Value, planned.Code));
    }

    [Fact]
    public async Task A_full_temporary_folder_is_named_and_may_be_tried_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A small file system can only be mounted by root.");
        _lab.MakeLedger("a.db", wal: false, rows: 20_000);
        System.IO.Directory.CreateDirectory(_lab.Spool);
        using (System.Diagnostics.Process mount = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=64k", "conn-test", _lab.Spool]))
        {
            await mount.WaitForExitAsync(SqliteLab.Token);
            Assert.SkipUnless(mount.ExitCode == 0, "A small file system cannot be mounted here.");
        }

        try
        {
            await using SqliteDataOwner owner = _lab.Owner("a.db");
            ConnException full = await Assert.ThrowsAsync<ConnException>(() => owner.BackupAsync());
            Assert.Equal((ErrorCode.DiskFull, true), (full.Code, full.IsTransient));
            Assert.Contains(_lab.Spool, full.Message, StringComparison.Ordinal);
            Assert.Empty(System.IO.Directory.GetFileSystemEntries(_lab.Spool));
        }
        finally
        {
            using System.Diagnostics.Process unmount = System.Diagnostics.Process.Start("umount", ["-l", _lab.Spool]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static bool IsAttention(string note) =>
        note.StartsWith("WARNING: ", StringComparison.Ordinal) && note.Contains("no tables", StringComparison.Ordinal);

    /// <summary>As the engine does: a snapshot that is refused is followed by a base.</summary>
    private static async Task<StoredPart> BackupAfterAsync(SqliteDataOwner owner, StoredPart parent)
    {
        await owner.GiveSnapshotAsync(parent.Snapshot, 1 << 20);
        try
        {
            await owner.AllSnapshotsSuppliedAsync(SqliteLab.Token);
        }
        catch (ConnException e) when (e.Code == ErrorCode.Corrupt)
        {
            Assert.Contains("page size", e.Message, StringComparison.Ordinal);
        }

        return await owner.ReadAllAsync();
    }

    private async Task EmptyAsync(string how)
    {
        switch (how)
        {
            case "cut":
                await File.WriteAllBytesAsync(_lab.At("a.db"), [], SqliteLab.Token);
                break;
            case "dropped":
                using (SqliteConnection connection = _lab.Open("a.db"))
                {
                    SqliteLab.Execute(connection, "DROP TABLE debit; DROP TABLE credit");
                }

                break;
            default:
                File.Delete(_lab.At("a.db"));
                using (SqliteConnection connection = _lab.Open("a.db"))
                {
                    SqliteLab.Execute(connection, "PRAGMA user_version = 3");
                }

                break;
        }
    }
}
