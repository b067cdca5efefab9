using System.Diagnostics;
using System.Net.Sockets;
using Conn.ActiveBackup;
using Conn.DataOwners.Posix;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

public sealed class DirectoryNoticeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sockets_and_pipes_are_skipped_and_listed_and_never_opened()
    {
        using var ground = new Playground();
        ground.Write("file", "kept");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(ground.Source + "/socket"));
        using Process mkfifo = Process.Start("mkfifo", ground.Source + "/pipe");
        await mkfifo.WaitForExitAsync(Token);
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.Equal(["'pipe' is a pipe and skipped.", "'socket' is a socket and skipped."], backup.Remarks.Notes);
        Assert.Empty(backup.Remarks.Errors);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal(["file"], System.IO.Directory.GetFileSystemEntries(ground.At("back")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Exclusions_and_staging_folders_are_left_out_and_listed()
    {
        using var ground = new Playground();
        ground.Folder("repository");
        ground.Write("repository/set", "not to be kept");
        ground.Write("other.db", [.. "SQLite format 3\0"u8, .. new byte[100]]);
        ground.Write("other.db-wal", "frames");
        ground.Write("other.db-shm", "index");
        ground.Folder(".conn-restore-other-0123456789abcdef");
        ground.Folder(".conn-restore-mine");
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, exclude: [ground.Source + "/repository/", ground.Source + "/other.db", "/nowhere"]);
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        Assert.Equal(5, backup.Remarks.Notes.Count);
        Assert.All(backup.Remarks.Notes, static note => Assert.EndsWith("left out.", note, StringComparison.Ordinal));
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal([".conn-restore-mine"], System.IO.Directory.GetFileSystemEntries(ground.At("back")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_live_database_is_warned_about()
    {
        using var ground = new Playground();
        ground.Write("app.db", [.. "SQLite format 3\0"u8, .. new byte[100]]);
        ground.Write("app.db-wal", "frames");
        ground.Write("text", "no database");
        ground.Write("text-journal", "a diary");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        string note = Assert.Single(backup.Remarks.Notes);
        Assert.StartsWith("'app.db' is a SQLite database", note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3 << 20)]
    public async Task A_file_that_only_grows_is_kept_at_the_size_seen_at_opening(int size)
    {
        using var ground = new Playground();
        byte[] content = Playground.Random(size);
        ground.Write("log", content);
        ulong inode = ground.Status("log").Inode;
        var growing = new LyingFileStatusSource((status, look) =>
        {
            if (status.Inode == inode && look >= 2)
            {
                ground.Append("log", [1, 2, 3]);
            }

            return status;
        });
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, statuses: growing), null, 1, Token);
        Assert.Contains($"kept at the {size} bytes", Assert.Single(backup.Remarks.Notes), StringComparison.Ordinal);
        Assert.Empty(backup.Remarks.Errors);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal(content, await File.ReadAllBytesAsync(ground.At("back/log"), Token));
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(3 << 20, 1)]
    [InlineData(1000, 3)]
    [InlineData(3 << 20, 3)]
    public async Task A_file_that_changes_is_read_again_and_left_out_by_name_when_it_will_not_settle(int size, int changes)
    {
        using var ground = new Playground();
        ground.Write("busy", Playground.Random(size));
        ground.Write("calm", "calm");
        ulong inode = ground.Status("busy").Inode;
        int done = 0;
        var changing = new LyingFileStatusSource((status, look) =>
        {
            // Look 1 is the walk's; then every reading looks when it opens the file and when it has read it.
            if (status.Inode == inode && look % 2 == 0 && done < changes)
            {
                done++;
                ground.Write("busy", Playground.Random(size));
            }

            return status;
        });
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, statuses: changing), null, 1, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        if (changes < 3)
        {
            Assert.Empty(backup.Remarks.Errors);
            TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "settled");
        }
        else
        {
            Assert.StartsWith("'busy': it changed each of three times", Assert.Single(backup.Remarks.Errors), StringComparison.Ordinal);
            Assert.Equal(["calm"], System.IO.Directory.GetFileSystemEntries(ground.At("back")).Select(Path.GetFileName));
        }
    }

    [Fact]
    public async Task The_other_names_of_a_file_that_vanished_are_kept()
    {
        using var ground = new Playground();
        ground.Write("a-first", "shared");
        ground.HardLink("b-second", "a-first");
        ground.HardLink("c-third", "a-first");
        ulong inode = ground.Status("a-first").Inode;
        var vanishing = new LyingFileStatusSource((status, look) =>
        {
            if (status.Inode == inode && look == 3)
            {
                long modified = ground.Status(".").ModifiedNanoseconds;
                ground.Remove("a-first");
                ground.Time(".", modified);
            }

            return status;
        });
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, statuses: vanishing), null, 1, Token);
        Assert.StartsWith("'a-first': it vanished", Assert.Single(backup.Remarks.Errors), StringComparison.Ordinal);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "the rest");
    }

    [Fact]
    public async Task A_file_left_out_of_an_increment_is_gone_from_that_state_and_back_in_the_next()
    {
        using var ground = new Playground();
        ground.Write("file", "first");
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        OwnerDriver.Backup first = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), null, 1, Token);
        ground.Write("file", "second");
        ulong inode = ground.Status("file").Inode;
        int size = 10;
        var changing = new LyingFileStatusSource((status, look) =>
        {
            if (status.Inode == inode && look >= 2)
            {
                ground.Write("file", Playground.Random(size++ % 7));
            }

            return status;
        });
        OwnerDriver.Backup second = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock, changing), first, 2, Token);
        Assert.Single(second.Remarks.Errors);
        OwnerDriver.Backup third = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), second, 3, Token);
        await OwnerDriver.RestoreAsync(ground.At("two"), [first, second], 4, Token);
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(ground.At("two")));
        await OwnerDriver.RestoreAsync(ground.At("three"), [first, second, third], 4, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("three")), "third");
    }

    [Fact]
    public async Task Another_file_system_below_is_not_entered_and_listed()
    {
        if (Kernel.Stat(Kernel.CurrentFolder, "/dev/shm\0"u8, out FileStatus status) != 0 || !status.IsMountRoot)
        {
            Assert.Skip("/dev/shm is no file system of its own here");
        }

        await using DirectoryDataOwner owner = OwnerDriver.Owner("/dev");
        await owner.GetExpectedDataSizeAsync(DriveNumber.C, Token);
        Assert.Contains("'shm' is another file system and not entered.", (await owner.TakeRemarksAsync(CancellationToken.None)).Notes);
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_left_out_by_name()
    {
        using var ground = new Playground();
        ground.Write("secret", "for nobody");
        ground.Write("open", "for all");
        ground.Mode("secret", 0);
        ground.Folder("closed");
        ground.Mode("closed", 0);
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Empty(backup.Remarks.Errors);
        }
        else
        {
            Assert.Equal(2, backup.Remarks.Errors.Count);
            Assert.Contains("'closed': the folder cannot be listed", backup.Remarks.Errors[0], StringComparison.Ordinal);
            Assert.Contains("'secret': Permission denied", backup.Remarks.Errors[1], StringComparison.Ordinal);
        }

        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal(Environment.IsPrivilegedProcess ? 3 : 2, System.IO.Directory.GetFileSystemEntries(ground.At("back")).Length);
    }

    [Fact]
    public async Task A_missing_source_is_said_so()
    {
        using var ground = new Playground();
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.At("missing"));
        ConnException failure = await Assert.ThrowsAsync<ConnException>(async () => await owner.GetExpectedDataSizeAsync(DriveNumber.C, Token));
        Assert.Equal(ErrorCode.PathNotFound, failure.Code);
        Assert.Contains(ground.At("missing"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terabyte_of_holes_costs_what_is_in_it()
    {
        using var ground = new Playground(onDisk: true);
        ground.Sparse("disk.img", 1L << 40, (0, Playground.Random(4096)), (1L << 39, Playground.Random(1 << 20)));
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.InRange(backup.Data.Length, 1 << 20, (1 << 20) + 20_000);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        TreeImage.AssertSame(TreeImage.Of(ground.Source), TreeImage.Of(ground.At("back")), "sparse");
    }

    [Fact]
    public async Task The_checksum_follows_names_modes_and_content_and_nothing_else()
    {
        using var ground = new Playground();
        ground.Write("a", "content");
        ground.Link("l", "a");
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source);
        uint first = await owner.GetDataChecksumAsync(DriveNumber.C, Token);
        ground.Time("a", 5);
        Assert.Equal(first, await owner.GetDataChecksumAsync(DriveNumber.C, Token));
        ground.Mode("a", 0x180);
        uint second = await owner.GetDataChecksumAsync(DriveNumber.C, Token);
        Assert.NotEqual(first, second);
        ground.Write("a", "CONTENT");
        uint third = await owner.GetDataChecksumAsync(DriveNumber.C, Token);
        Assert.NotEqual(second, third);
        ground.Move("a", "b");
        Assert.NotEqual(third, await owner.GetDataChecksumAsync(DriveNumber.C, Token));
    }
}
