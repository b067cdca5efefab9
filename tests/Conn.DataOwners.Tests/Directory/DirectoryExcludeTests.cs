using Conn.ActiveBackup;
using Xunit;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>Exclusion by patterns and markers: what is in the set, what is said, and what a restore in place does not lose.</summary>
public sealed class DirectoryExcludeTests
{
    private const string Tag = "Signature: 8a477f597d28d172789f06886806bc55\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Patterns_are_read_in_order_and_counted()
    {
        using var ground = new Playground();
        ground.Folder("build");
        ground.Write("build/out", "made");
        ground.Folder("src");
        ground.Write("src/a.o", "object");
        ground.Write("src/keep.o", "object");
        ground.Write("src/a.c", "source");
        ground.Write("build.txt", "text");
        DirectoryOwnerOptions options = new() { Name = "files", Exclude = ["# made again", "", "/build/", "*.o", "!keep.o"] };
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(Owner(ground, options), null, 1, Token);
        Assert.Equal("2 entries match an exclude pattern and are left out, folders with all that is in them.", Assert.Single(backup.Remarks.Notes));
        Assert.Equal(["build.txt", "src", "src/a.c", "src/keep.o"], await RestoredAsync(ground, backup));
    }

    [Fact]
    public async Task Names_that_are_no_UTF_8_and_patterns_are_compared_byte_by_byte()
    {
        using var ground = new Playground();
        ground.Write("\xFFx", "no UTF-8");
        ground.Write("\xC3\xA9x", "an e with an accent");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(Owner(ground, new() { Name = "files", Exclude = ["é*"] }), null, 1, Token);
        await OwnerDriver.RestoreAsync(ground.At("back"), [backup], 1, Token);
        Assert.Equal(["./\xFFx"], TreeImage.Of(ground.At("back")).Items.Keys.Where(static path => path != "."));
    }

    [Fact]
    public async Task Of_cache_folders_and_folders_with_a_marker_only_folder_and_marker_are_kept()
    {
        using var ground = new Playground();
        ground.Write(".nobackup", "in the owner's own folder it means nothing");
        ground.Folder("cache");
        ground.Write("cache/CACHEDIR.TAG", Tag);
        ground.Write("cache/content", "can be made again");
        ground.Folder("cache/below");
        ground.Write("cache/below/file", "can be made again");
        ground.Folder("false");
        ground.Write("false/CACHEDIR.TAG", "no signature");
        ground.Write("false/content", "kept");
        ground.Folder("marked");
        ground.Write("marked/.nobackup", "");
        ground.Write("marked/content", "unwanted");
        DirectoryOwnerOptions options = new() { Name = "files", ExcludeCaches = true, ExcludeIfPresent = [".nobackup"] };
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(Owner(ground, options), null, 1, Token);
        Assert.StartsWith("3 entries lie beside a marker", Assert.Single(backup.Remarks.Notes), StringComparison.Ordinal);
        Assert.Equal(
            [".nobackup", "cache", "cache/CACHEDIR.TAG", "false", "false/CACHEDIR.TAG", "false/content", "marked", "marked/.nobackup"],
            await RestoredAsync(ground, backup));
    }

    [Fact]
    public async Task A_changed_list_takes_files_out_of_the_next_increment_and_brings_them_back()
    {
        using var ground = new Playground();
        var clock = new ShiftedClock(TimeSpan.FromHours(1));
        ground.Write("always", "kept");
        ground.Folder("sometimes");
        for (int i = 0; i < 5; i++)
        {
            ground.Write($"sometimes/{i}", "not always kept");
        }

        TreeImage all = TreeImage.Of(ground.Source);
        var chain = new List<OwnerDriver.Backup>();
        foreach (string[] exclude in new string[][] { [], ["sometimes"], ["sometimes/*", "!sometimes/3"], [] })
        {
            DirectoryDataOwner owner = Owner(ground, new() { Name = "files", Exclude = exclude, TimeProvider = clock });
            chain.Add(await OwnerDriver.BackupAsync(owner, chain.LastOrDefault(), 1, Token));
            Assert.DoesNotContain(chain[^1].Remarks.Notes, static note => note.StartsWith("WARNING", StringComparison.Ordinal));
            string[] restored = await RestoredAsync(ground, [.. chain]);
            Assert.Equal(exclude.Length switch { 0 => 7, 1 => 1, _ => 3 }, restored.Length);
        }

        TreeImage.AssertSame(all, TreeImage.Of(ground.At("back")), "in the end");
    }

    [Fact]
    public async Task A_restore_in_place_that_would_remove_what_was_excluded_is_refused_and_names_it()
    {
        using var ground = new Playground();
        ground.Write("file", "kept");
        ground.Folder("build");
        ground.Write("build/out", "excluded");
        OwnerDriver.Backup backup = await OwnerDriver.BackupAsync(Owner(ground, new() { Name = "files", Exclude = ["build"] }), null, 1, Token);
        await using (DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source))
        {
            await OwnerDriver.StageAsync(owner, [backup], 1, Token);
            ConnException refusal = await Assert.ThrowsAsync<ConnException>(async () => await owner.PrepareRestoreAsync(DriveNumber.C, Token));
            Assert.Equal(ErrorCode.NotSupported, refusal.Code);
            Assert.Contains("'build'", refusal.Message, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(ground.At("source/build/out")));
    }

    [Fact]
    public void A_marker_with_a_slash_is_refused_at_once() =>
        Assert.Throws<ArgumentException>(static () => new DirectoryDataOwner(new() { Name = "files", Path = "/x", ExcludeIfPresent = ["a/b"] }));

    private static DirectoryDataOwner Owner(Playground ground, DirectoryOwnerOptions options) => new(options with { Path = ground.Source });

    private static async Task<string[]> RestoredAsync(Playground ground, params OwnerDriver.Backup[] chain)
    {
        ground.Remove("../back");
        await OwnerDriver.RestoreAsync(ground.At("back"), chain, 1, Token);
        return [.. System.IO.Directory.GetFileSystemEntries(ground.At("back"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(ground.At("back"), f)).Order(StringComparer.Ordinal)];
    }
}
