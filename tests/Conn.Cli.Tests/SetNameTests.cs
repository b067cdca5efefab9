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

    [Fact]
    public async Task A_day_is_its_newest_set_and_one_without_a_set_names_the_newest_before_it()
    {
        string[] sets = [await _place.BackupDocsAtAsync(TimeSpan.FromDays(-9)), await _place.BackupDocsAtAsync(TimeSpan.FromDays(-9)),
            await _place.BackupDocsAtAsync(TimeSpan.FromDays(-7)), await _place.BackupDocsAsync()];
        foreach ((int ago, int set) in ((int, int)[])[(9, 1), (7, 2), (0, 3)])
        {
            Assert.Equal(sets[set], (await ToolRun.HereAsync("show", "--repo", _place.Repo, Day(ago), "--json")).Ends(0).Json.GetProperty("set").GetProperty("id").GetString());
        }

        (await ToolRun.HereAsync("show", "--repo", _place.Repo, Day(8))).Fails(10, $"no set of {Day(8)}", $"the newest one before it is {sets[1]}, of {Day(9)}");
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, Day(10))).Fails(10, $"no set of {Day(10)}", "conn list");
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, "yesterday")).Fails(10, "a day, for example 2026-11-29, is its newest set");
        (await ToolRun.HereAsync("ls", "--repo", _place.Repo, Day(9), "docs:0/f0000")).Ends(0);

        static string Day(int ago) => TimeProvider.System.GetLocalNow().AddDays(-ago).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task An_owner_in_the_place_of_a_set_is_told_so()
    {
        await _place.BackupDocsAsync();
        (await ToolRun.HereAsync("ls", "--repo", _place.Repo, "docs")).Fails(10, "no set docs (did you mean latest docs?)");
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, "docs:0")).Fails(10, "(did you mean latest docs:0?)");
    }

    [Fact]
    public async Task The_list_has_times_and_marks_the_owners_whose_data_a_set_does_not_hold()
    {
        _place.WithLedger();
        (await _place.BackupAsync([.. _place.Owners, "--tag", "move"])).Ends(0);
        File.WriteAllText(_place.Database, "no database");
        (await _place.BackupAsync([.. _place.Owners, "--copy-only"])).Ends(1);
        (await ToolRun.HereAsync("hold", "--repo", _place.Repo, "1")).Ends(0);
        string[] lines = (await ToolRun.HereAsync("list", "--repo", _place.Repo)).Ends(0).Output.TrimEnd('\n').Split('\n');
        string now = TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd ", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("docs ledger #move [held]", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("docs (ledger:failed) [copy]", lines[2], StringComparison.Ordinal);
        Assert.All(lines[1..], l => Assert.Contains(now, l, StringComparison.Ordinal));
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
