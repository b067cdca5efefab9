using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>SET: an id, a unique beginning of one, a sequence number, latest, latest~N; and which set is the latest when owners are asked for.</summary>
public sealed class SetNameTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Every_form_of_a_set_is_accepted_by_every_verb()
    {
        string[] sets = [await _place.BackupDocsAsync(), await _place.BackupDocsAsync(), await _place.BackupDocsAsync()];
        string unique = sets[1][..^1];
        foreach ((string name, int set) in ((string, int)[])[(sets[0], 0), (unique, 1), ("2", 1), ("3", 2), ("latest", 2), ("latest~0", 2), ("latest~2", 0)])
        {
            Assert.Equal(sets[set], (await ToolRun.HereAsync("show", "--repo", _place.Repo, name,
                "--json")).Ends(0).Json.GetProperty("set").GetProperty("id").GetString());
            Assert.Equal(1, (await _place.VerifyAsync("--set", name)).Ends(0).Json.GetProperty("sets").GetInt32());
            Assert.Equal(sets[set], (await _place.RestoreAsync("--to", _place.At("out"), "--set", name, "--dry-run",
                "--json")).Ends(0).Json.GetProperty("set").GetString());
        }
    }

    [Theory]
    [InlineData("latest~3", "holds 2 sets")]
    [InlineData("latest~x", "latest~1")]
    [InlineData("9", "no set 9")]
    [InlineData("20", "no set 20")]
    [InlineData("nothing", "conn list")]
    public async Task A_name_of_no_set_ends_with_10(string name, string says)
    {
        await _place.BackupDocsAsync();
        await _place.BackupDocsAsync();
        foreach (string[] line in (string[][])[["show", name], ["verify", "--set", name], ["restore", "--to", _place.At("out"), "--set", name]])
        {
            (await ToolRun.HereAsync([.. line, "--repo", _place.Repo])).Fails(10, says);
        }
    }

    [Fact]
    public async Task A_beginning_that_several_sets_share_ends_with_10_and_names_two()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync();
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, first[..8])).Fails(10, first, second, "2 sets");
    }

    [Fact]
    public async Task A_set_that_cannot_be_read_is_named_by_its_beginning_and_verified()
    {
        string first = await _place.BackupDocsAsync();
        string folder = Directory.EnumerateDirectories(Path.Combine(_place.Repo, "sets")).Single();
        File.Delete(Path.Combine(folder, "manifest"));
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, first[..^2])).Fails(6, first);
        (await _place.VerifyAsync("--set", first[..^2])).Ends(6);
    }

    [Fact]
    public async Task Latest_is_the_newest_set_that_holds_the_owners_asked_for_and_the_passed_one_is_named()
    {
        string other = Path.GetDirectoryName(_place.File("home/other/o"))!;
        string[] both = [.. _place.DocsOwner, "--dir", $"other={other}"];
        string first = (await _place.BackupAsync([.. both, "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        string newest = await _place.BackupDocsAsync();

        JsonElement restored = (await _place.RestoreAsync("--owner", "other", "--to", _place.At("out"), "--json")).Ends(0).Json;
        Assert.Equal(first, restored.GetProperty("set").GetString());
        Assert.Contains(restored.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains(newest, StringComparison.Ordinal));
        Assert.Contains(newest, (await _place.RestoreAsync("--owner", "other", "--set", "latest", "--to", _place.At("out2"))).Ends(0).Errors,
            StringComparison.Ordinal);

        // Nobody who asks for nothing in particular gets an older set.
        Assert.Equal(newest, (await _place.RestoreAsync("--to", _place.At("out3"), "--json")).Ends(0).Json.GetProperty("set").GetString());
        Assert.Equal(newest, (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--json"])).Ends(0).Json.GetProperty("set").GetString());
        Assert.Equal(first, (await _place.RestoreAsync(["--in-place", .. both, "--json"])).Ends(0).Json.GetProperty("set").GetString());
        Assert.Equal(newest, (await _place.RestoreAsync(["--in-place", .. both, "--best-effort", "other",
            "--json"])).Ends(0).Json.GetProperty("set").GetString());
        (await _place.RestoreAsync("--owner", "nobody", "--to", _place.At("out4"))).Fails(10, "No set", "nobody");
    }

    [Fact]
    public async Task A_list_of_one_owner_has_the_sets_that_know_it()
    {
        string other = Path.GetDirectoryName(_place.File("home/other/o"))!;
        await _place.BackupDocsAsync();
        string second = (await _place.BackupAsync("--dir", $"other={other}", "--json")).Ends(0).Json.GetProperty("set").GetString()!;
        JsonElement list = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--owner", "other", "--json")).Ends(0).Json;
        Assert.Equal(second, Assert.Single(list.GetProperty("sets").EnumerateArray()).GetProperty("id").GetString());
        (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--owner", "nobody")).Fails(10, "nobody");
    }
}
