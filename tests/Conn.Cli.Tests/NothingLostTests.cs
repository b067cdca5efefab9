using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A restore never loses what a set does not hold, and never goes back further than it was told, without saying so.</summary>
public sealed class NothingLostTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_restore_in_place_is_refused_when_it_would_lose_what_another_owner_keeps_inside()
    {
        _place.File("home/docs/sub/inner");
        (await _place.BackupAsync([.. _place.DocsOwner, "--dir", $"sub={_place.At("home/docs/sub")}"])).Ends(0);

        ToolResult refused = await _place.RestoreAsync(["--in-place", .. _place.DocsOwner]);

        refused.Ends(4);
        Assert.Contains("'sub', which was left out of the backup and would be lost; move it away first and put it back afterwards, or restore to another place.", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--to DIR restores to another place", refused.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(_place.At("home/docs/sub/inner")));
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task Another_name_of_a_database_that_lies_elsewhere_is_left_out_of_a_folder()
    {
        _place.WithLedger();
        LinuxCalls.HardLink(_place.Database, Path.Combine(_place.Docs, "same.db"));
        ToolResult result = (await _place.BackupAsync(_place.Owners)).Ends(0);
        Assert.Contains("'same.db' is excluded and left out", result.Output + result.Errors, StringComparison.Ordinal);

        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.False(File.Exists(_place.At("out/docs/same.db")));
    }

    [Fact]
    public async Task An_outer_and_an_inner_owner_that_are_lost_come_back_one_after_the_other_and_not_together()
    {
        _place.File("home/docs/sub/inner");
        string[] inner = ["--dir", $"sub={_place.At("home/docs/sub")}"];
        (await _place.BackupAsync([.. _place.DocsOwner, .. inner])).Ends(0);
        Directory.Delete(_place.Docs, true);

        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, .. inner])).Fails(2, "sub", "docs", "first");
        Assert.False(Directory.Exists(_place.Docs));
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner])).Ends(0);
        (await _place.RestoreAsync(["--in-place", .. inner])).Ends(0);
        Assert.True(File.Exists(_place.At("home/docs/sub/inner")));
    }

    [Fact]
    public async Task Latest_is_not_an_older_set_when_the_newest_cannot_be_read()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync();
        string folder = Directory.EnumerateDirectories(Path.Combine(_place.Repo, "sets")).Single(d => d.EndsWith(second, StringComparison.Ordinal));
        File.Delete(Path.Combine(folder, "manifest"));

        (await _place.RestoreAsync("--to", _place.At("out"))).Fails(6, second);
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner])).Fails(6, second);
        (await _place.RestoreAsync("--set", first, "--to", _place.At("out"))).Ends(0);
    }

    [Fact]
    public async Task Owners_that_failed_in_a_set_are_named_when_the_rest_of_it_is_restored()
    {
        (await _place.BackupAsync([.. _place.DocsOwner, "--sqlite", $"other={_place.File("no-database", 4096)}"])).Ends(1);

        JsonElement report = (await _place.RestoreAsync("--to", _place.At("out"), "--json")).Ends(3).Json;

        Assert.Contains(report.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("other", StringComparison.Ordinal));
        Assert.True(Directory.Exists(_place.At("out/docs")));
    }

    [Fact]
    public async Task A_best_effort_owner_that_cannot_take_its_restore_is_left_out_and_the_others_are_restored()
    {
        _place.File("home/other/file");
        string[] other = ["--dir", $"other={_place.At("home/other")}"];
        (await _place.BackupAsync([.. _place.DocsOwner, .. other])).Ends(0);
        Directory.Delete(_place.At("home/other"), true);
        _place.File("home/other");
        string lost = Directory.EnumerateFiles(_place.Docs, "*", SearchOption.AllDirectories).First();
        File.Delete(lost);

        ToolResult result = await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, .. other, "--best-effort", "other"]);

        result.Ends(3);
        Assert.True(File.Exists(lost));
        Assert.True(File.Exists(_place.At("home/other")));
        Assert.Contains("other", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_increment_into_no_repository_is_refused_and_makes_none()
    {
        (await _place.BackupAsync([.. _place.DocsOwner, "--increment"])).Fails(7, "--base");
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Theory]
    [InlineData("""{"owners":[null]}""")]
    [InlineData("""{"owners":[{"name":"a","kind":"directory","drives":{"C":null}}]}""")]
    [InlineData("""{"owners":[{"name":"a","kind":"directory","path":"a\u0000b"}]}""")]
    [InlineData("""{"owners":[{"name":"a","kind":"directory","path":"a","drives":{"C":"b"}}]}""")]
    public async Task A_config_that_makes_no_sense_is_wrong_usage(string json)
    {
        await File.WriteAllTextAsync(_place.At("config.json"), json, TestContext.Current.CancellationToken);
        (await _place.BackupAsync("--config", _place.At("config.json"))).Fails(2, "--config");
    }

    [Fact]
    public async Task A_value_is_never_read_as_a_file_of_arguments_nor_as_a_directive()
    {
        (await ToolRun.HereAsync("list", "--repo", "@nothing")).Fails(10, "@nothing");
        (await ToolRun.HereAsync("[suggest:2]", "ba")).Ends(2);
        await _place.BackupDocsAsync();
        Assert.Equal(1, (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json=true")).Ends(0).Json.GetProperty("schemaVersion").GetInt32());
    }
}
