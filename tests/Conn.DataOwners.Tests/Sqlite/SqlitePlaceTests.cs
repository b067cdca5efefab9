using System.Diagnostics;
using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What lies where the database is or is to be, and what its folder permits: the plan answers as the run does.</summary>
public sealed class SqlitePlaceTests : IDisposable
{
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_where_the_database_is_to_be_is_named_with_the_way_out(bool inPlace)
    {
        System.IO.Directory.CreateDirectory(_lab.At("b.db"));
        (ConnException plan, ConnException run) = await RefusalsAsync("b.db", inPlace);
        Assert.Equal((ErrorCode.AlreadyExists, ErrorCode.AlreadyExists), (plan.Code, run.Code));
        Assert.Contains("There is a folder at", plan.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("in place", plan.Message, StringComparison.Ordinal);
        Assert.Contains("Move it away", plan.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5000)]
    public async Task A_text_file_where_the_live_database_should_be_is_named_with_the_way_out_and_is_kept(int bytes)
    {
        string text = new('x', bytes);
        await File.WriteAllTextAsync(_lab.At("b.db"), text, SqliteLab.Token);
        (ConnException plan, ConnException run) = await RefusalsAsync("b.db", inPlace: true);
        Assert.Equal((ErrorCode.AlreadyExists, ErrorCode.AlreadyExists), (plan.Code, run.Code));
        Assert.Contains("is not a SQLite database", plan.Message, StringComparison.Ordinal);
        Assert.Contains("Move it away", plan.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_lab.At("b.db"), SqliteLab.Token));
    }

    [Fact]
    public async Task A_file_on_the_way_to_the_database_is_named()
    {
        await File.WriteAllTextAsync(_lab.At("file"), "x", SqliteLab.Token);
        await using SqliteDataOwner owner = _lab.Owner("file/deep/b.db", inPlace: false);
        ConnException plan = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, -1, SqliteLab.Token));
        Assert.Equal(ErrorCode.AlreadyExists, plan.Code);
        Assert.Contains(_lab.At("file") + " is a file", plan.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_in_a_folder_that_may_be_entered_and_not_listed_is_backed_up_by_another_user()
    {
        _lab.MakeLedger("home/a.db", wal: false);
        Assert.StartsWith("backed up", await AsOtherUserAsync("backup-as-other", folderMode: 0x1C9, fileMode: 0x1B6), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1ED)]
    [InlineData(0x1DB)]
    [InlineData(0x1C9)]
    public async Task A_plan_refuses_a_folder_that_the_run_cannot_write_or_flush(int folderMode)
    {
        _lab.MakeLedger("home/a.db", wal: false);
        string said = await AsOtherUserAsync("plan-and-prepare-as-other", folderMode, fileMode: 0x1B6);
        Assert.Equal("plan AccessDenied, run AccessDenied", said);
    }

    [Fact]
    public async Task A_plan_refuses_a_live_database_that_the_run_cannot_write()
    {
        _lab.MakeLedger("home/a.db", wal: false);
        Assert.Equal("plan AccessDenied, run AccessDenied", await AsOtherUserAsync("plan-and-prepare-as-other", folderMode: 0x1FF, fileMode: 0x1A4));
    }

    private async Task<string> AsOtherUserAsync(string role, int folderMode, int fileMode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can become another user.");
        if (!OperatingSystem.IsLinux())
        {
            return string.Empty;
        }

        await using (SqliteDataOwner owner = _lab.Owner("home/a.db"))
        {
            await File.WriteAllBytesAsync(_lab.At("home/a.db.stream"), (await owner.BackupAsync()).Data, SqliteLab.Token);
        }

        System.IO.Directory.CreateDirectory(_lab.Spool);
        File.SetUnixFileMode(_lab.Root, (UnixFileMode)0x1C9);
        File.SetUnixFileMode(_lab.Spool, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(_lab.At("home/a.db"), (UnixFileMode)fileMode);
        File.SetUnixFileMode(_lab.At("home"), (UnixFileMode)folderMode);
        (Process process, string said) = await _lab.StartAsync(role, "home/a.db");
        _ = await SqliteLab.EndAsync(process);
        return said;
    }

    private async Task<(ConnException Plan, ConnException Run)> RefusalsAsync(string database, bool inPlace)
    {
        _lab.MakeLedger("source.db", wal: false);
        byte[] stored;
        await using (SqliteDataOwner source = _lab.Owner("source.db"))
        {
            stored = (await source.BackupAsync()).Data;
        }

        await using SqliteDataOwner owner = _lab.Owner(database, inPlace);
        ConnException plan = await Assert.ThrowsAsync<ConnException>(async () => await owner.PlanRestoreAsync(DriveNumber.C, stored.Length, SqliteLab.Token));
        ConnException run = await Assert.ThrowsAsync<ConnException>(async () => await owner.RestoreAsync([stored]));
        await owner.TerminateMultiStageOperationAsync(SqliteLab.Token);
        _lab.AssertNothingLeft();
        return (plan, run);
    }
}
