using Conn.ActiveBackup;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Sqlite;

/// <summary>What other users put where the owner looks for its own files: it is not read, not removed, and does not turn a removal to another place.</summary>
public sealed class SqliteTrustTests : IDisposable
{
    private const int OtherUser = 65534;
    private readonly SqliteLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("owner")]
    [InlineData("mode")]
    [InlineData("link")]
    [InlineData("names")]
    public async Task A_staged_file_that_another_user_could_have_made_is_neither_resumed_nor_removed(string fault)
    {
        SkipUnlessRootOnLinux();
        byte[] stored = await StoredAsync();
        ReadOnlyMemory<byte> token;
        await using (SqliteDataOwner first = _lab.Owner("b.db", inPlace: false))
        {
            await first.StageAsync([stored]);
            token = await first.PrepareRestoreAsync(DriveNumber.C, SqliteLab.Token);
        }

        string staged = System.IO.Directory.EnumerateFiles(_lab.Root, ".conn-restore-*").Single();
        Spoil(staged, fault);

        await using SqliteDataOwner next = _lab.Owner("b.db", inPlace: false);
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await next.ResumeRestoreAsync(DriveNumber.C, token, SqliteLab.Token));
        Assert.Equal(ErrorCode.AccessDenied, failure.Code);
        await next.TerminateMultiStageOperationAsync(SqliteLab.Token);
        Assert.Contains("left alone", Assert.Single(await next.RecoverAsync(SqliteLab.Token)), StringComparison.Ordinal);
        Assert.True(File.Exists(staged));
        Assert.False(File.Exists(_lab.At("b.db")));
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("mode")]
    [InlineData("link")]
    public async Task A_spool_folder_that_another_user_could_have_made_is_left_with_all_that_is_in_it(string fault)
    {
        SkipUnlessRootOnLinux();
        _lab.MakeLedger("a.db", wal: true);
        string folder = Path.Combine(_lab.Spool, "conn-sqlite-left");
        string real = System.IO.Directory.CreateDirectory(fault == "link" ? _lab.At("precious") : folder).FullName;
        await File.WriteAllTextAsync(Path.Combine(real, "lock"), string.Empty, SqliteLab.Token);
        await File.WriteAllTextAsync(Path.Combine(real, "0.db"), "precious", SqliteLab.Token);
        if (fault == "link")
        {
            System.IO.Directory.CreateDirectory(_lab.Spool);
            System.IO.Directory.CreateSymbolicLink(folder, real);
        }
        else
        {
            Spoil(real, fault);
        }

        await using SqliteDataOwner owner = _lab.Owner("a.db");
        _ = await owner.BackupAsync();

        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(real, "0.db"), SqliteLab.Token));
    }

    [Fact]
    public async Task A_link_in_a_left_spool_folder_is_removed_and_not_followed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The removal through open folders needs Linux.");
        _lab.MakeLedger("a.db", wal: true);
        string precious = System.IO.Directory.CreateDirectory(_lab.At("precious")).FullName;
        await File.WriteAllTextAsync(Path.Combine(precious, "1.db"), "precious", SqliteLab.Token);
        string folder = System.IO.Directory.CreateDirectory(Path.Combine(_lab.Spool, "conn-sqlite-left")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "lock"), string.Empty, SqliteLab.Token);
        System.IO.Directory.CreateSymbolicLink(Path.Combine(folder, "0.db"), precious);

        await using SqliteDataOwner owner = _lab.Owner("a.db");
        _ = await owner.BackupAsync();

        Assert.False(System.IO.Directory.Exists(folder));
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(precious, "1.db"), SqliteLab.Token));
    }

    [Fact]
    public void A_file_for_this_user_alone_stays_open_when_only_its_handle_is_left()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = PrivateFile.Create(_lab.At("private"));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        RandomAccess.Write(file, [1, 2, 3], 0);
        Assert.Equal(3, RandomAccess.GetLength(file));
        Assert.Throws<IOException>(() => PrivateFile.Create(_lab.At("private")));
    }

    private static void SkipUnlessRootOnLinux() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can give a file to another user.");

    private static void Spoil(string path, string fault)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(path + '\0');
        switch (fault)
        {
            case "owner":
                Errno.Check(Kernel.ChangeOwner(Kernel.CurrentFolder, name, OtherUser, OtherUser), path);
                break;
            case "mode":
                Errno.Check(Kernel.ChangeMode(Kernel.CurrentFolder, name, 0x1B6), path);
                break;
            case "names":
                Errno.Check(Kernel.Link(Kernel.CurrentFolder, name, Kernel.CurrentFolder, System.Text.Encoding.UTF8.GetBytes(path + "-other\0")), path);
                break;
            default:
                File.Move(path, path + "-real");
                File.CreateSymbolicLink(path, path + "-real");
                break;
        }
    }

    private async Task<byte[]> StoredAsync()
    {
        _lab.MakeLedger("source.db", wal: false);
        await using SqliteDataOwner owner = _lab.Owner("source.db");
        return (await owner.BackupAsync()).Data;
    }
}
