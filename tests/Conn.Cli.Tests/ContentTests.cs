using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary><c>ls</c>, <c>find</c> and <c>diff</c>: what sets hold, without the owner's source.</summary>
public sealed class ContentTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Ls_shows_the_owners_of_a_set_and_the_entries_of_a_folder()
    {
        await BackupsAsync();
        ToolResult owners = await RunAsync("ls", "latest");
        Assert.Matches(@"(?m)^docs +increment +succeeded +[0-9.]+ k?B +directory$", owners.Output);
        Assert.Equal(["docs", "ledger"], owners.Args.Length > 0 ? (await RunAsync("ls", "latest", "--json")).Json.GetProperty("owners").EnumerateArray()
            .Select(static o => o.GetProperty("name").GetString()) : []);
        string[] lines = Lines(await RunAsync("ls", "1", "docs"));
        Assert.Equal(3, lines.Length);
        Assert.Matches("^drwxr-xr-x +-  20[0-9-]+ [0-9:]+Z  reports/$", lines[1]);
        Assert.Matches("^-rw-r--r-- +700 B  20[0-9-]+ [0-9:]+Z  top$", lines[2]);
        Assert.Equal("-rw-r--r-- 900 B reports/may", Short(Assert.Single(Lines(await RunAsync("ls", "1", "docs:reports/may")))));
        Assert.Equal(["notes", "reports/", "reports/may", "top"], Lines(await RunAsync("ls", "1", "docs", "--recursive")).Select(Name));
        Assert.Equal(["june", "may"], Lines(await RunAsync("ls", "latest", "docs:/reports/")).Select(Name));
        Assert.All(lines, static l => Assert.True(l.Length <= 80, l));
        Assert.Equal("ledger.db", Name(Assert.Single(Lines(await RunAsync("ls", "latest", "ledger")))));
        JsonElement json = (await RunAsync("ls", "1", "docs:reports", "--json")).Json;
        Assert.Equal("schemaVersion set owner path entries", Names(json));
        JsonElement entry = Assert.Single(json.GetProperty("entries").EnumerateArray());
        Assert.Equal("path kind size modified hash mode user group", Names(entry));
        Assert.Equal(("reports/may", "file", 900, "0644"),
            (entry.GetProperty("path").GetString(), entry.GetProperty("kind").GetString(), entry.GetProperty("size").GetInt64(), entry.GetProperty("mode").GetString()));
    }

    [Fact]
    public async Task Find_shows_each_version_of_a_path_once_with_its_sets()
    {
        string[] sets = await BackupsAsync();
        string[] lines = Lines(await RunAsync("find", "ma*"));
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^set 1\.\.2 \(2\) +900 B  20.+Z  docs:reports/may$", lines[0]);
        Assert.Matches(@"^set 3 +950 B  20.+Z  docs:reports/may$", lines[1]);
        Assert.Single(Lines(await RunAsync("find", "reports/*", "--owner", "docs")), static l => l.Contains("june", StringComparison.Ordinal));
        JsonElement json = (await RunAsync("find", "/top", "--json")).Json;
        Assert.Equal("schemaVersion pattern versions problems", Names(json));
        JsonElement version = Assert.Single(json.GetProperty("versions").EnumerateArray());
        Assert.Equal("owner path kind size modified hash firstSet lastSet sets", Names(version));
        Assert.Equal((sets[0], sets[1], 2), (version.GetProperty("firstSet").GetString(), version.GetProperty("lastSet").GetString(), version.GetProperty("sets").GetInt32()));
        ToolResult none = await RunAsync("find", "nothing*");
        Assert.Empty(none.Output);
        Assert.Contains("nothing in 3 sets", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_of_a_thousand_wildcards_is_refused()
    {
        await BackupsAsync();
        (await ToolRun.RunAsync("find", "--repo", _place.Repo, string.Concat(Enumerable.Repeat("*a", 1000)))).Fails(2, "too many wildcards");
    }

    [Fact]
    public async Task A_path_of_the_machine_and_a_part_of_a_name_get_a_hint_of_what_was_meant()
    {
        await BackupsAsync();
        foreach (string[] line in (string[][])[["dump", "latest", $"docs:{_place.Docs}/reports/may"], ["ls", "latest", $"docs:{_place.Docs}/reports/may"],
            ["restore", "--owner", "docs", "--path", $"{_place.Docs}/reports/may", "--to", _place.At("out")]])
        {
            (await ToolRun.HereAsync([.. line, "--repo", _place.Repo])).Fails(10, "paths begin in the owner's folder; did you mean reports/may?");
        }

        (await ToolRun.HereAsync("dump", "--repo", _place.Repo, "latest", $"ledger:{_place.Database}")).Fails(10, "did you mean ledger.db?");
        (await ToolRun.HereAsync("ls", "--repo", _place.Repo, "latest", $"docs:{_place.Docs}")).Fails(10, "leave the path out");
        Assert.Contains("; paths begin in the owner's folder: try 'reports/may'", (await RunAsync("find", $"{_place.Docs}/reports/may")).Errors, StringComparison.Ordinal);
        Assert.Contains("; '*ay*' finds names that contain it", (await RunAsync("find", "ay")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_further_name_of_a_file_is_found_with_each_version_of_the_file()
    {
        File.WriteAllText(_place.File("home/docs/a-first"), "one");
        LinuxCalls.HardLink(_place.At("home/docs/a-first"), _place.At("home/docs/second"));
        await _place.BackupDocsAsync();
        File.AppendAllText(_place.At("home/docs/a-first"), " and more");
        await _place.BackupDocsAsync();
        Assert.Equal(["3 B", "12 B"], Lines(await RunAsync("find", "second")).Select(static l => l[18..26].Trim()));
    }

    [Fact]
    public async Task Diff_shows_what_was_added_removed_and_changed()
    {
        await BackupsAsync();
        string[] lines = Lines(await RunAsync("diff", "1", "latest", "--owner", "docs"));
        Assert.Equal(["A - docs:notes", "+ 5 B docs:reports/june", "M 950 B docs:reports/may (was 900 B)", "- 700 B docs:top"], lines[..^1].Select(static l => Short(l)
            .Replace("A 100 B", "A -", StringComparison.Ordinal)));
        Assert.Equal("1 added, 1 removed, 1 changed, 1 with other attributes; 1.6 kB before, 955 B after", lines[^1]);
        JsonElement json = (await RunAsync("diff", "2", "3", "--owner", "docs", "--json")).Json;
        Assert.Equal("schemaVersion from to changes totals", Names(json));
        Assert.Equal("added removed changed attributes bytesBefore bytesAfter", Names(json.GetProperty("totals")));
        Assert.Equal(["changed", "removed"], json.GetProperty("changes").EnumerateArray().Select(static c => c.GetProperty("change").GetString()));
        Assert.Equal("0 added, 0 removed, 0 changed, 0 with other attributes; 0 B before, 0 B after", Assert.Single(Lines(await RunAsync("diff", "2", "2"))));
    }

    [Fact]
    public async Task What_is_missing_is_named_with_the_nearest_name()
    {
        await BackupsAsync();
        (await RawAsync("ls", "latest", "dosc")).Fails(10, "dosc", "did you mean docs?");
        (await RawAsync("ls", "latest", "docs:reports/mai")).Fails(10, "reports/mai", "docs", "did you mean reports/may?");
        (await RawAsync("dump", "latest", "docs:reprots/may")).Fails(10, "reprots/may", "conn ls");
        (await RawAsync("ls", "17", "docs")).Fails(10, "17");
        (await RawAsync("find", "x", "--owner", "dosc")).Fails(10, "did you mean docs?");
        (await RawAsync("diff", "1", "9")).Fails(10, "9");
        (await RawAsync("find", "")).Fails(2, "PATTERN");
    }

    [Fact]
    public async Task Names_that_a_terminal_cannot_show_are_escaped_and_taken_as_they_are_shown()
    {
        string script = @"mkdir -p ""$1"" && cd ""$1"" && printf one > ""$(printf 'raw\377')"" && printf two > ""$(printf 'bell\007')"" && printf three > ""$(printf 'bidi\342\200\256x')""";
        await ToolRun.OtherAsync("sh", "-c", script, "sh", _place.Docs);
        await _place.BackupDocsAsync();
        string[] names = [.. Lines(await RunAsync("ls", "1", "docs")).Select(Name)];
        Assert.Equal([@"bell\x07", @"bidi\u202ex", @"raw\xff"], names);
        foreach ((string name, string content) in names.Zip(["two", "three", "one"]))
        {
            Assert.Equal(content, (await ToolRun.RunAsync("dump", "--repo", _place.Repo, "1", $"docs:{name}")).Ends(0).Output);
        }

        JsonElement raw = (await RunAsync("ls", "1", "docs", "--json")).Json.GetProperty("entries")[2];
        Assert.Equal([.. "raw"u8, 0xff], raw.GetProperty("pathBytes").GetBytesFromBase64());

        // .NET cannot name the file to delete it.
        await ToolRun.OtherAsync("rm", "-r", _place.Docs);
    }

    [Fact]
    public async Task A_damaged_snapshot_ends_with_6_and_names_set_and_owner()
    {
        for (int i = 0; i < 3000; i++)
        {
            _place.File($"home/docs/{i}", 1);
        }

        string set = await _place.BackupDocsAsync();
        string data = Directory.EnumerateFiles(_place.Repo, "*.data", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(data);
        bytes[^20_000] ^= 1;
        File.WriteAllBytes(data, bytes);
        (await RawAsync("ls", "1", "docs")).Fails(6, set, "owner docs");
        JsonElement cut = (await RawAsync("ls", "1", "docs", "--json")).Ends(6).Json;
        Assert.Equal("VerificationFailed", cut.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(set, (await RawAsync("find", "*", "--json")).Ends(6).Json.GetProperty("problems")[0].GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_chain_still_lists_and_ends_with_6_where_data_is_needed()
    {
        string[] sets = await BackupsAsync();
        File.Delete(Directory.EnumerateFiles(_place.Repo, "0000-*.data", SearchOption.AllDirectories).Single(f => f.Contains(sets[0], StringComparison.Ordinal)));
        (await RawAsync("dump", "latest", "docs:notes")).Fails(6, sets[0]);
        (await RawAsync("restore", "--owner", "docs", "--path", "notes", "--to", _place.At("out"))).Fails(6, sets[0]);
    }

    private static string[] Lines(ToolResult result) => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Name(string line) => line[44..];

    private static string Short(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Where(static w => !(w.StartsWith("20", StringComparison.Ordinal) && w.Contains('-', StringComparison.Ordinal)) && !w.EndsWith('Z')));

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(static p => p.Name));

    private async Task<ToolResult> RunAsync(string verb, params string[] args) => (await RawAsync(verb, args)).Ends(0);

    private Task<ToolResult> RawAsync(string verb, params string[] args) => ToolRun.HereAsync([verb, "--repo", _place.Repo, .. args]);

    /// <summary>Three sets: a base, an increment with a new file and another mode, one with a changed file and without another.</summary>
    private async Task<string[]> BackupsAsync()
    {
        _place.File("home/docs/reports/may", 900);
        _place.File("home/docs/notes", 100);
        _place.File("home/docs/top", 700);
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        File.WriteAllText(_place.At("home/docs/reports/june"), "June\n");
        File.SetUnixFileMode(_place.At("home/docs/notes"), UnixFileMode.UserRead);
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        _place.File("home/docs/reports/may", 950);
        File.Delete(_place.At("home/docs/top"));
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        return await _place.SetsAsync();
    }
}
