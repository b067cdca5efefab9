using System.Text.Json;
using System.Text.RegularExpressions;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Options that every verb or several of them have: where the repository is, what is written, what is left out.</summary>
public sealed class OptionsTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task The_repository_is_that_of_the_option_or_the_variable_or_the_configuration_in_this_order()
    {
        string set = await _place.BackupDocsAsync();
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """{ "repository": "repo", "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs" } ] }""",
            TestContext.Current.CancellationToken);
        Dictionary<string, string> variable = new() { ["CONN_REPO"] = _place.Repo };
        Dictionary<string, string> wrong = new() { ["CONN_REPO"] = _place.At("nowhere") };
        Dictionary<string, string> empty = new() { ["CONN_REPO"] = "" };

        (await ToolRun.RunAsync([], ["list"], environment: empty)).Fails(2, "--repo", "CONN_REPO");
        Assert.Contains(set, (await ToolRun.RunAsync([], ["list"], environment: variable)).Ends(0).Output, StringComparison.Ordinal);
        Assert.Contains(set, (await ToolRun.RunAsync([], ["list", "--config", config], environment: empty)).Ends(0).Output, StringComparison.Ordinal);
        (await ToolRun.RunAsync([], ["list", "--config", config], environment: wrong)).Fails(10, "nowhere");
        (await ToolRun.RunAsync([], ["list", "--repo", _place.Repo], environment: wrong)).Ends(0);
        (await ToolRun.RunAsync([], ["backup", "--config", config], environment: empty)).Ends(0);
        (await ToolRun.RunAsync([], ["verify", "--config", config], environment: empty)).Ends(0);
    }

    [Fact]
    public async Task Quiet_writes_only_errors_and_what_needs_attention()
    {
        LinuxCalls.Fifo(Path.Combine(_place.Docs, "pipe"));
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        string[][] silent = [["backup", .. _place.DocsOwner], ["verify"], ["restore", "--to", _place.At("out")]];
        foreach (string[] line in silent)
        {
            ToolResult result = (await ToolRun.HereAsync([.. line, "--repo", _place.Repo, "--quiet"])).Ends(0);
            Assert.True(result.Output.Length == 0 && result.Errors.Length == 0, result.ToString());
        }

        Assert.NotEmpty((await ToolRun.HereAsync("list", "--repo", _place.Repo, "--quiet")).Ends(0).Output);
        ToolResult partial = (await _place.BackupAsync([.. _place.DocsOwner, "--dir", $"other={_place.At("gone")}", "--best-effort", "other",
            "--quiet"])).Ends(3);
        Assert.Contains("gone", partial.Errors, StringComparison.Ordinal);
        Assert.Contains("partial", partial.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("pipe", partial.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("started", partial.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("started", (await _place.BackupAsync([.. _place.DocsOwner, "--no-progress"])).Ends(0).Errors, StringComparison.Ordinal);
        Assert.NotEqual(default, (await _place.BackupAsync([.. _place.DocsOwner, "--quiet", "--json"])).Ends(0).Json);
        foreach (string file in Directory.EnumerateFiles(_place.Docs, "f*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        ToolResult emptied = (await _place.BackupAsync([.. _place.DocsOwner, "--quiet"])).Ends(0);
        Assert.Contains("WARNING: of 5 files", emptied.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("pipe", emptied.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_are_kept_with_a_set()
    {
        (await _place.BackupAsync([.. _place.DocsOwner, "--tag", "nightly", "--tag", "before the move"])).Ends(0);
        JsonElement set = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json.GetProperty("sets")[0];
        Assert.Equal(["nightly", "before the move"], set.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.Contains("before the move", (await ToolRun.HereAsync("show", "--repo", _place.Repo, "1")).Ends(0).Output, StringComparison.Ordinal);
        (await _place.BackupAsync([.. _place.DocsOwner, "--tag", new string('t', 257)])).Fails(2, "--tag");
        (await _place.BackupAsync([.. _place.DocsOwner, "--tag", ""])).Fails(2, "--tag");
    }

    [Fact]
    public async Task What_is_excluded_on_the_command_line_and_in_the_configuration_is_left_out()
    {
        _place.File("home/docs/keep.txt");
        _place.File("home/docs/a.tmp");
        _place.File("home/docs/keep.tmp");
        _place.File("home/docs/build/out");
        _place.File("home/docs/cache/data");
        await File.WriteAllTextAsync(_place.At("home/docs/cache/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n",
            TestContext.Current.CancellationToken);
        _place.File("home/docs/marked/.nobackup");
        _place.File("home/docs/marked/data");
        await File.WriteAllTextAsync(_place.At("patterns"), "*.tmp\n!keep.tmp\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_place.At("conn.json"), """
            { "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs",
                "exclude": [ "build/" ], "excludeFile": "patterns", "excludeCaches": true, "excludeIfPresent": [ ".nobackup" ] } ] }
            """, TestContext.Current.CancellationToken);

        foreach (string[] owner in (string[][])
        [
            [.. _place.DocsOwner, "--exclude-file", _place.At("patterns"), "--exclude", "build/", "--exclude-caches", "--exclude-if-present", ".nobackup"],
            ["--config", _place.At("conn.json")],
        ])
        {
            string target = _place.At($"out{owner.Length}");
            (await _place.BackupAsync([.. owner, "--base"])).Ends(0);
            (await _place.RestoreAsync("--to", target)).Ends(0);
            Assert.All((string[])["keep.txt", "keep.tmp", "0", "cache", "marked/.nobackup"], n => Assert.True(Path.Exists(Path.Combine(target, "docs", n)), n));
            Assert.All((string[])["a.tmp", "build", "cache/data", "marked/data"], n => Assert.False(Path.Exists(Path.Combine(target, "docs", n)), n));
        }

        (await _place.BackupAsync([.. _place.DocsOwner, "--exclude-file", _place.At("none")])).Fails(2, "none");
    }

    [Fact]
    public async Task One_name_with_two_ids_and_one_id_with_two_names_are_noted()
    {
        await _place.BackupDocsAsync();
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs", "sid": "0x2000A001" } ] }""",
            TestContext.Current.CancellationToken);
        ToolResult second = (await _place.BackupAsync("--config", config)).Ends(0);
        Assert.Contains("docs has the id 0x2000A001, and 0x46B42B42 in set", second.Errors, StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "papers", "kind": "directory", "path": "home/docs", "sid": "0x2000A001" } ] }""",
            TestContext.Current.CancellationToken);
        Assert.Contains("that of owner docs", (await _place.BackupAsync("--config", config)).Ends(0).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_of_a_backup_gives_the_answer_of_the_run_and_changes_nothing()
    {
        string[] dry = ["--dry-run", "--json"];
        Assert.Equal("base", (await _place.BackupAsync([.. _place.DocsOwner, .. dry])).Ends(0).Json.GetProperty("owners")[0].GetProperty("type").GetString());
        Assert.False(Directory.Exists(_place.Repo));
        (await _place.BackupAsync([.. _place.DocsOwner, "--increment", .. dry])).Fails(7, "base");
        (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. _place.DocsOwner, .. dry])).Fails(10, "--create");

        string set = await _place.BackupDocsAsync();
        string elsewhere = Path.GetDirectoryName(_place.File("elsewhere/f"))!;
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        JsonElement plan = (await _place.BackupAsync([.. _place.DocsOwner, .. dry])).Ends(0).Json;
        Assert.True(plan.GetProperty("dryRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("set").ValueKind);
        Assert.Equal("increment", plan.GetProperty("type").GetString());
        Assert.Equal(set, plan.GetProperty("owners")[0].GetProperty("parent").GetString());
        (await _place.BackupAsync(["--dir", $"docs={_place.At("gone")}", .. dry])).Fails(2, "gone");
        (await _place.BackupAsync(["--dir", $"docs={elsewhere}", "--increment", .. dry])).Fails(7, "docs", elsewhere, "--base");
        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");
    }

    [Fact]
    public async Task Times_are_UTC_with_Z_and_at_most_milliseconds_and_counts_have_the_right_noun()
    {
        await _place.BackupDocsAsync();
        JsonElement set = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json.GetProperty("sets")[0];
        Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$"), set.GetProperty("time").GetString());
        Assert.Contains(": 1 set, ", (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(0).Output, StringComparison.Ordinal);
        await _place.BackupDocsAsync();
        Assert.Contains(": 2 sets, ", (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_reverse_text_or_begin_lines_are_escaped_and_joiners_of_scripts_are_not()
    {
        LinuxCalls.Fifo(Path.Combine(_place.Docs, "txt\u202egpj\u2028\u2066\ufeff"));
        LinuxCalls.Fifo(Path.Combine(_place.Docs, "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"));
        ToolResult text = (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        Assert.Contains(@"txt\u202egpj\u2028\u2066\ufeff", text.Errors, StringComparison.Ordinal);
        Assert.Contains("\u0646\u0645\u06cc\u200c\u062e", text.Errors, StringComparison.Ordinal);
        ToolResult json = (await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest", "--json")).Ends(0);
        Assert.DoesNotContain(json.Output, c => c is '\u202e' or '\u2028' or '\u2066' or '\ufeff');
        Assert.Contains(json.Json.GetProperty("set").GetProperty("owners")[0].GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains('\u202e'));
    }

    [Fact]
    public async Task Errors_of_owners_name_no_callbacks_and_no_types()
    {
        _place.WithLedger();
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config,
            """{ "owners": [ { "name": "ledger", "kind": "sqlite", "path": "home/ledger.db", "noProgressSeconds": 0.2 } ] }""",
            TestContext.Current.CancellationToken);
        using Microsoft.Data.Sqlite.SqliteConnection busy = new($"Data Source={_place.Database};Pooling=False");
        busy.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = busy.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        ToolResult timedOut = (await _place.BackupAsync("--config", config)).Ends(5);
        Assert.Contains("ledger: Owner ledger: No progress for 0.2 s (the no-progress time-out) while it", timedOut.Errors, StringComparison.Ordinal);
        Assert.DoesNotMatch("[a-z][A-Z][a-z]", string.Join('\n', timedOut.Errors.Split('\n').Where(l => l.StartsWith("ledger", StringComparison.Ordinal))));
        await _place.BackupDocsAsync("--copy-only");
        ToolResult needsBase = await _place.BackupAsync([.. _place.DocsOwner, "--increment"]);
        needsBase.Fails(7, "--base");
        Assert.DoesNotMatch("[a-z][A-Z][a-z]", needsBase.Errors);
    }
}
