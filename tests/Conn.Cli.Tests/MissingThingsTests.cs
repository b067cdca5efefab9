using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 10: no such repository, set or owner; and 7: no parent for the increment that was insisted on.</summary>
public sealed class MissingThingsTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("list")]
    [InlineData("verify")]
    [InlineData("show latest")]
    [InlineData("restore --to T")]
    [InlineData("restore --in-place --dir docs=D")]
    [InlineData("backup --dir docs=D")]
    public async Task A_repository_that_is_not_there_ends_with_10_and_nothing_is_made(string line)
    {
        Fails(await ToolRun.HereAsync(Words(line)), "no repository");
        Assert.False(Directory.Exists(_place.Repo) || Directory.Exists(_place.At("out")));
        Directory.CreateDirectory(_place.Repo);
        Fails(await ToolRun.HereAsync(Words(line)), "no repository");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_place.Repo));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("verify")]
    [InlineData("show latest")]
    [InlineData("restore --to T")]
    [InlineData("backup --dir docs=D")]
    [InlineData("init")]
    public async Task A_foreign_folder_or_a_file_ends_with_10_and_is_left_as_it_is(string line)
    {
        string mine = _place.File("repo/my.txt");
        Fails(await ToolRun.HereAsync(Words(line)), "repo");
        Assert.Equal([mine], Directory.EnumerateFileSystemEntries(_place.Repo));
        string file = _place.File("file");
        Fails(await ToolRun.HereAsync([.. Words(line).Select(w => w == _place.Repo ? file : w)]), "file");
        Assert.Equal(100, new FileInfo(file).Length);
    }

    [Theory]
    [InlineData("show nonsense")]
    [InlineData("show 20200101T000000Z-00000000")]
    [InlineData("verify --set 20200101T000000Z-00000000")]
    [InlineData("verify --set nonsense")]
    [InlineData("restore --to T --set nonsense")]
    [InlineData("restore --to T --set 20200101T000000Z-00000000")]
    [InlineData("restore --in-place --dir docs=D --set 20200101T000000Z-00000000")]
    [InlineData("restore --to T --owner nobody")]
    [InlineData("restore --in-place --dir nobody=D")]
    public async Task A_set_or_an_owner_that_is_not_there_ends_with_10(string line)
    {
        string set = await _place.BackupDocsAsync();
        TreePrint before = await TreePrint.OfAsync(_place.Docs);
        Fails(await ToolRun.HereAsync(Words(line)), "");
        before.AssertSame(await TreePrint.OfAsync(_place.Docs), "the source");
        await _place.AssertCleanAsync(set);
    }

    [Fact]
    public async Task An_empty_repository_has_no_latest_set()
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        Fails(await ToolRun.HereAsync(Words("show latest")), "no set yet");
        Fails(await ToolRun.HereAsync(Words("restore --to T")), "no set yet");
        await _place.AssertCleanAsync();
    }

    [Fact]
    public async Task A_repository_that_is_mistyped_is_not_made_and_the_ways_to_make_one_are_named()
    {
        ToolResult result = await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. _place.DocsOwner]);
        result.Fails(10, _place.Repo, "mounted", "conn init", "--create");
        Assert.False(Directory.Exists(_place.Repo));
        Assert.Contains("created repository", (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, "--create", .. _place.DocsOwner])).Ends(0).Errors,
            StringComparison.Ordinal);
        (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. _place.DocsOwner])).Ends(0);
        Assert.DoesNotContain("created", (await _place.BackupAsync(_place.DocsOwner)).Ends(0).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_absent_from_a_set_that_was_named_ends_with_10_and_the_newest_set_that_has_it_is_named()
    {
        string other = Path.GetDirectoryName(_place.File("home/other/o"))!;
        string both = await _place.BackupDocsAsync("--dir", $"other={other}");
        await _place.BackupDocsAsync();

        string newest = await _place.BackupDocsAsync();
        foreach (string[] named in (string[][])[["--set", newest], ["--set", "2"]])
        {
            Fails(await _place.RestoreAsync(["--owner", "other", "--to", _place.At("out"), "--json", .. named]), both);
            Assert.False(Directory.Exists(_place.At("out")));
            TreePrint before = await TreePrint.OfAsync(_place.At("home"));
            Fails(await _place.RestoreAsync([.. _place.DocsOwner, "--dir", $"other={other}", "--in-place", "--json", .. named]), both);
            before.AssertSame(await TreePrint.OfAsync(_place.At("home")), "both owners");
        }

        (await _place.RestoreAsync("--owner", "other", "--set", both, "--to", _place.At("out"))).Ends(0);
        Assert.True(File.Exists(_place.At("out/other/o")));
        Assert.False(Directory.Exists(_place.At("out/docs")));
    }

    [Fact]
    public async Task An_owner_that_failed_in_the_chosen_set_ends_with_10()
    {
        string gone = Path.GetDirectoryName(_place.File("home/other/o"))!;
        await _place.BackupDocsAsync("--dir", $"other={gone}");
        Directory.Delete(gone, true);
        (await _place.BackupAsync([.. _place.DocsOwner, "--dir", $"other={gone}", "--best-effort", "other"])).Ends(3);
        string newest = (await _place.SetsAsync())[^1];
        Fails(await _place.RestoreAsync("--owner", "other", "--set", newest, "--to", _place.At("out"), "--json"), "failed");
        (await _place.RestoreAsync("--to", _place.At("out2"))).Ends(3);
        Assert.False(Directory.Exists(_place.At("out2/other")));
    }

    [Fact]
    public async Task A_best_effort_owner_that_failed_in_the_chosen_set_is_left_out_of_a_restore_in_place_and_named()
    {
        string gone = Path.GetDirectoryName(_place.File("home/other/o"))!;
        Directory.Delete(gone, true);
        string[] owners = [.. _place.DocsOwner, "--dir", $"other={gone}", "--best-effort", "other"];
        (await _place.BackupAsync(owners)).Ends(3);

        ToolResult result = await _place.RestoreAsync([.. owners, "--in-place", "--json"]);

        result.Ends(3);
        Assert.Equal("docs", Assert.Single(result.Json.GetProperty("owners").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains(result.Json.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("other", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_increment_without_a_usable_snapshot_ends_with_7_and_leaves_no_set()
    {
        ToolResult result = await _place.BackupAsync([.. _place.DocsOwner, "--increment", "--json"]);
        result.Fails(7, "docs", "base");
        Assert.Equal(7, result.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        Assert.False(Directory.Exists(_place.Repo));

        string set = await _place.BackupDocsAsync("--copy-only");
        (await _place.BackupAsync([.. _place.DocsOwner, "--increment"])).Fails(7, "docs");
        string parent = await _place.BackupDocsAsync();
        string next = await _place.BackupDocsAsync("--increment");
        (await _place.BackupAsync([.. _place.DocsOwner, "--dir", $"other={_place.At("home")}", "--increment"])).Fails(7, "other");
        await _place.AssertCleanAsync(set, parent, next);
        _place.AssertNothingLeft();
    }

    private static void Fails(ToolResult result, string says)
    {
        result.Fails(10, says);
        Assert.Equal("NotFound", result.Json.GetProperty("error").GetProperty("code").GetString());
    }

    private string[] Words(string line) =>
    [
        .. line.Split(' ').Select(w => w == "T" ? _place.At("out") : w.Replace("=D", "=" + _place.Docs, StringComparison.Ordinal)), "--repo", _place.Repo,
            "--json",
    ];
}
