using System.IO.MemoryMappedFiles;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Changes and content that a file's status does not show: mapped writes, sizes of 0, access times.</summary>
public sealed class DirectoryUnseenChangeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_written_through_a_mapping_between_two_backups_is_in_the_increment(bool onDisk)
    {
        using var ground = new Playground(onDisk);
        ground.Write("mapped", new byte[3 << 20]);
        ground.Write("small", new byte[5000]);
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        var backups = new List<OwnerDriver.Backup>();
        using (var large = new Mapping(ground.At("source/mapped")))
        using (var small = new Mapping(ground.At("source/small")))
        {
            for (byte i = 1; i <= 3; i++)
            {
                large.Write(i);
                small.Write(i);
                backups.Add(await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), backups.LastOrDefault(), i, Token));
                await OwnerDriver.RestoreAsync(ground.At("back"), backups, 1, Token);
                AssertContent(ground, i);
                Assert.Contains(backups[^1].Remarks.Notes, static n => n.StartsWith("'mapped' is mapped for writing by process", StringComparison.Ordinal));
            }

            large.Write(9);
            small.Write(9);
        }

        // The mapping is gone, and only the snapshot remembers that there was one.
        backups.Add(await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source, clock), backups[^1], 7, Token));
        await OwnerDriver.RestoreAsync(ground.At("back"), backups, 1, Token);
        AssertContent(ground, 9);
        Assert.Empty(backups[^1].Remarks.Notes);
    }

    [Theory]
    [InlineData("/proc/1/net")]
    [InlineData("/sys/kernel/mm")]
    public async Task Files_that_do_not_tell_their_size_are_read_to_their_end(string folder)
    {
        if (!System.IO.Directory.Exists(folder))
        {
            Assert.Skip($"there is no {folder} here");
        }

        using var ground = new Playground();
        await using DirectoryDataOwner owner = OwnerDriver.Owner(folder);
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(owner, null, 1, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Contains(backup.Remarks.Notes, static note => note.EndsWith("does not tell their size.", StringComparison.Ordinal));
        string[] filled = [.. System.IO.Directory.GetFiles(ground.At("back"), "*", SearchOption.AllDirectories).Where(static f => new FileInfo(f).Length > 0)];
        Assert.NotEmpty(filled);
        string stable = folder == "/proc/1/net" ? "protocols" : "transparent_hugepage/enabled";
        string now = await File.ReadAllTextAsync($"{folder}/{stable}", Token);
        Assert.Equal(now.Length, (await File.ReadAllTextAsync(ground.At("back/" + stable), Token)).Length);
        OwnerDriver.Backup increment = await OwnerDriver.BackupAsync(owner, backup, 2, Token, 4096);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup, increment], 1, Token);
        Assert.True(File.Exists(ground.At("back/" + stable)));
        Assert.NotEqual(0u, await owner.GetDataChecksumAsync(Conn.ActiveBackup.DriveNumber.C, Token));
    }

    [Fact]
    public async Task Access_times_of_what_is_read_stay()
    {
        using var ground = new Playground(onDisk: true);
        ground.Folder("folder");
        ground.Write("folder/small", "content");
        ground.Write("large", new byte[3 << 20]);
        ground.Write("app.db", [.. "SQLite format 3\0"u8, .. new byte[100]]);
        ground.Write("app.db-wal", "frames");
        DateTime before = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        string[] paths = [ground.Source, .. System.IO.Directory.GetFileSystemEntries(ground.Source, "*", SearchOption.AllDirectories)];
        foreach (string path in paths)
        {
            File.SetLastAccessTimeUtc(path, before);
        }

        await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
        Assert.Equal(paths.Select(_ => before), paths.Select(File.GetLastAccessTimeUtc));
    }

    [Fact]
    public async Task A_file_of_another_user_is_read_although_its_access_time_cannot_stay()
    {
        OtherUser.SkipUnlessRoot();
        using var ground = new Playground();
        ground.Write("file", "kept");
        ground.Mode("..", 0x1ED);
        using (new OtherUser())
        {
            OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(OwnerDriver.Owner(ground.Source), null, 1, Token);
            Assert.Empty(backup.Remarks.Errors);
        }
    }

    private static void AssertContent(Playground ground, byte value)
    {
        foreach (string name in new[] { "mapped", "small" })
        {
            Assert.Equal(value, File.ReadAllBytes(ground.At("back/" + name))[1000]);
        }
    }

    /// <summary>A file mapped shared and writable, never flushed.</summary>
    private sealed class Mapping : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;

        internal Mapping(string path)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
            _view = _file.CreateViewAccessor();
        }

        internal void Write(byte value) => _view.Write(1000, value);

        public void Dispose()
        {
            _view.Dispose();
            _file.Dispose();
        }
    }
}
