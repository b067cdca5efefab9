using System.Diagnostics;
using Conn.DataOwners.Tests.Sqlite;
using Microsoft.Data.Sqlite;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A backup of a folder does not take the locks of the process it runs in.</summary>
public sealed class DirectoryLockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_transaction_of_this_process_stays_closed_to_writers_of_others(bool wal, bool openedLate)
    {
        using var ground = new Playground(onDisk: true);
        string database = ground.At("source/app.db");
        using SqliteConnection connection = new($"Data Source={database};Pooling=False");
        connection.Open();
        SqliteLab.Execute(connection, $"PRAGMA journal_mode={(wal ? "WAL" : "DELETE")}; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        ulong inode = ground.Status("app.db").Inode;
        if (openedLate)
        {
            connection.Close();
        }

        // Look 2 is that of the opened file: a program may open its database at any moment.
        var opening = new LyingFileStatusSource((status, look) =>
        {
            if (openedLate && status.Inode == inode && look == 2)
            {
                connection.Open();
                SqliteLab.Execute(connection, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
            }

            return status;
        });
        if (!openedLate)
        {
            SqliteLab.Execute(connection, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
        }

        ground.Write("zzz", "kept");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, statuses: opening), null, 1, Token);
        Assert.StartsWith("'app.db': it is a SQLite database that this process has open", Assert.Single(backup.Remarks.Errors), StringComparison.Ordinal);
        Assert.Contains("locked", await WriteFromOutsideAsync(database), StringComparison.Ordinal);
        SqliteLab.Execute(connection, "COMMIT");
        Assert.Equal(2L, SqliteLab.Scalar<long>(connection, "SELECT count(*) FROM t"));

        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.DoesNotContain("app.db", System.IO.Directory.GetFiles(ground.At("back")).Select(Path.GetFileName));
        Assert.Contains("zzz", System.IO.Directory.GetFiles(ground.At("back")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Other_locked_files_of_this_process_are_kept_and_stay_locked_however_often_they_are_read()
    {
        using var ground = new Playground(onDisk: true);
        ground.Write("log", "a line");
        ground.Write("other", "kept");
        using FileStream log = new(ground.At("source/log"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        log.Lock(0, 1);
        string file = InLockTable(ground.Status("log"));
        Assert.Equal(1, LocksOn(file));
        int before = System.IO.Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 3; i++)
        {
            OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
            Assert.Empty(backup.Remarks.Errors);
            Assert.Equal(1, LocksOn(file));
            await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
            Assert.Equal("a line", await File.ReadAllTextAsync(ground.At("back/log"), Token));
        }

        Assert.InRange(DescriptorsOf(ground.At("source/log")), 2, 2);
        Assert.True(before > 0);
    }

    [Fact]
    public async Task A_file_that_this_process_has_closed_is_closed_by_the_next_backup_too()
    {
        using var ground = new Playground(onDisk: true);
        ground.Write("log", "a line");
        using (FileStream log = new(ground.At("source/log"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
            Assert.Equal(2, DescriptorsOf(log.Name));
        }

        await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.Equal(0, DescriptorsOf(ground.At("source/log")));
    }

    /// <summary>How the kernel writes a file there: two files of different devices may have one number.</summary>
    private static string InLockTable(FileStatus status) =>
        $" {status.Device >> 32:x2}:{(uint)status.Device:x2}:{status.Inode} ";

    private static int LocksOn(string file) => File.ReadLines("/proc/locks")
        .Where(static line => line.Contains("POSIX", StringComparison.Ordinal))
        .Count(line => line.Contains($" {Environment.ProcessId} ", StringComparison.Ordinal) && line.Contains(file, StringComparison.Ordinal));

    private static int DescriptorsOf(string path) => System.IO.Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget == path);

    private static async Task<string> WriteFromOutsideAsync(string database)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            Environment = { [OtherProcess.RoleVariable] = "try-write", [OtherProcess.PathVariable] = database },
        };
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return said;
    }
}
