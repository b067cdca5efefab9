using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Owners that fail, are Required or not, leave something out, or share places with each other and the repository.</summary>
public sealed class OwnerTroubleTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("--dir")]
    [InlineData("--sqlite")]
    public async Task A_missing_source_of_a_required_owner_ends_with_2_before_anything_is_begun(string kind)
    {
        string first = await _place.BackupDocsAsync();
        string gone = _place.At("home/gone");
        ToolResult result = await _place.BackupAsync([.. _place.DocsOwner, kind, $"other={gone}", "--json"]);
        result.Fails(2, "other", gone, "does not exist", "mounted");
        Assert.Equal("Usage", result.Json.GetProperty("error").GetProperty("code").GetString());
        await _place.AssertCleanAsync(first);
    }

    [Theory]
    [InlineData("--dir", "file/below", "is a file")]
    [InlineData("--dir", "file", "--sqlite")]
    [InlineData("--sqlite", "home", "is a folder")]
    [InlineData("--dir", "~/docs", "$HOME/docs")]
    [InlineData("--dir", "~", "begins with ~")]
    [InlineData("--sqlite", "~me/ledger.db", "begins with ~")]
    public async Task A_source_that_is_something_else_ends_with_2_and_says_what_it_is(string kind, string path, string says)
    {
        _place.File("file");
        string source = path[0] == '~' ? path : _place.At(path);
        (await _place.BackupAsync(kind, $"other={source}")).Fails(2, "other", source, says);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task A_folder_that_is_really_called_like_a_home_folder_is_one()
    {
        _place.File("~/f");
        ToolResult result = await ToolRun.RunAsync([], ["backup", "--create", "--repo", _place.Repo, "--dir", "odd=~"], _place.Root);
        result.Ends(0);
    }

    [Fact]
    public async Task A_required_owner_that_fails_ends_with_1_and_the_others_are_kept()
    {
        _place.File("home/ledger.db", 4096);
        JsonElement report = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(1).Json;
        Assert.Equal("failed", report.GetProperty("outcome").GetString());
        Assert.Equal("failed", Owner(report, "ledger").GetProperty("outcome").GetString());
        Assert.Equal("succeeded", Owner(report, "docs").GetProperty("outcome").GetString());
        Assert.Equal([report.GetProperty("set").GetString()!], await _place.SetsAsync());
        (await _place.RestoreAsync("--owner", "docs", "--to", _place.At("out"))).Ends(0);
    }

    [Fact]
    public async Task A_missing_source_of_a_best_effort_owner_ends_with_3()
    {
        JsonElement report = (await _place.BackupAsync([.. _place.DocsOwner, "--dir", $"other={_place.At("gone")}", "--best-effort", "other", "--json"])).Ends(3).Json;
        Assert.Equal("partial", report.GetProperty("outcome").GetString());
        Assert.True(report.GetProperty("verified").GetBoolean());
        Assert.Equal("failed", Owner(report, "other").GetProperty("outcome").GetString());
        await _place.AssertCleanAsync(report.GetProperty("set").GetString()!);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_left_out_and_named_and_the_code_is_3()
    {
        string[] launcher = await Powers.WithoutAsync();
        string secret = _place.File("home/docs/secret");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        ToolResult result = await ToolRun.RunAsync(launcher, ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner, "--json"]);
        JsonElement report = result.Ends(3).Json;
        Assert.Equal("partial", report.GetProperty("outcome").GetString());
        JsonElement docs = Owner(report, "docs");
        Assert.Equal("incomplete", docs.GetProperty("outcome").GetString());
        Assert.Contains("secret", Assert.Single(docs.GetProperty("errors").EnumerateArray()).GetString(), StringComparison.Ordinal);

        // It can be read again: the increment has it.
        File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        await _place.BackupDocsAsync("--increment");
        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.Equal(await File.ReadAllBytesAsync(secret, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(_place.At("out/docs/secret"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_repository_that_must_not_be_written_ends_with_12()
    {
        string[] launcher = await Powers.WithoutAsync();
        string set = await _place.BackupDocsAsync();
        File.SetUnixFileMode(_place.Repo, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(_place.Repo, "tmp"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ToolResult result = await ToolRun.RunAsync(launcher, ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner, "--json"]);
        result.Fails(12);
        Assert.Equal("NotPermitted", result.Json.GetProperty("error").GetProperty("code").GetString());
        File.SetUnixFileMode(_place.Repo, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(_place.Repo, "tmp"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await _place.AssertCleanAsync(set);
    }

    [Theory]
    [InlineData("home/docs/repo")]
    [InlineData("link/docs/repo")]
    public async Task A_repository_inside_an_owner_is_left_out_and_listed(string repo)
    {
        File.CreateSymbolicLink(_place.At("link"), _place.At("home"));
        string place = _place.At(repo);
        for (int i = 0; i < 2; i++)
        {
            JsonElement report = (await ToolRun.HereAsync(["backup", "--create", "--repo", place, .. _place.DocsOwner, "--base", "--json"])).Ends(0).Json;
            Assert.Contains(Owner(report, "docs").GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("repo", StringComparison.Ordinal));
            Assert.True(report.GetProperty("bytes").GetInt64() < 10_000);
        }

        (await ToolRun.HereAsync("restore", "--repo", place, "--to", _place.At("out"))).Ends(0);
        Assert.False(Directory.Exists(_place.At("out/docs/repo")));
        Assert.True(Directory.Exists(_place.At("out/docs/0")));
    }

    [Fact]
    public async Task The_place_of_another_owner_inside_an_owner_is_left_out_and_listed()
    {
        _place.WithLedger();
        JsonElement report = (await _place.BackupAsync("--dir", $"home={_place.At("home")}", "--dir", $"docs={_place.Docs}", "--sqlite", $"ledger={_place.Database}", "--json")).Ends(0).Json;
        string[] notes = [.. Owner(report, "home").GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];
        Assert.Contains(notes, n => n.Contains("docs", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("ledger.db", StringComparison.Ordinal));
        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_place.At("out/home")));
        Assert.Equal(Ledger.Print(_place.Database), Ledger.Print(_place.At("out/ledger/ledger.db")));
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "docs");
    }

    [Fact]
    public async Task Pipes_are_skipped_and_listed_and_the_code_is_0()
    {
        LinuxCalls.Fifo(Path.Combine(_place.Docs, "pipe"));
        JsonElement report = (await _place.BackupAsync([.. _place.DocsOwner, "--json"])).Ends(0).Json;
        Assert.Contains(Owner(report, "docs").GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("pipe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_no_database_fails_its_owner_by_name()
    {
        File.WriteAllText(_place.Database, "this is not a database, whatever its name says, and it is long enough to have a header of one hundred bytes");
        JsonElement report = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(1).Json;
        Assert.Equal("failed", Owner(report, "ledger").GetProperty("outcome").GetString());
        Assert.Equal("succeeded", Owner(report, "docs").GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(245)]
    [InlineData(250)]
    [InlineData(255)]
    public async Task A_database_with_a_long_file_name_comes_back_or_fails_its_owner_and_the_repository_stays_readable(int length)
    {
        string name = new string('n', length - 3) + ".db";
        string database = Path.Combine(Path.GetDirectoryName(_place.Database)!, name);
        Ledger.Make(_place.Database, 10);
        File.Move(_place.Database, database);

        ToolResult backup = await _place.BackupAsync([.. _place.DocsOwner, "--sqlite", $"long={database}", "--json"]);
        ToolResult verify = await ToolRun.RunAsync("verify", "--repo", _place.Repo);
        ToolResult restore = await _place.RestoreAsync("--to", _place.At("out"));

        Assert.Contains(backup.ExitCode, new[] { 0, 1 });
        string outcome = Owner(backup.Json, "long").GetProperty("outcome").GetString()!;
        Assert.Equal(backup.ExitCode == 0 ? "succeeded" : "failed", outcome);
        verify.Ends(0);
        restore.Ends(0);
        bool isBack = Directory.EnumerateFiles(_place.At("out"), name, SearchOption.AllDirectories).Any();
        Assert.Equal(outcome == "succeeded", isBack);
    }

    [Theory]
    [InlineData("home/file")]
    [InlineData("nowhere/at/all")]
    public async Task A_restore_in_place_that_an_owner_refuses_ends_with_4_and_says_what_would_do(string place)
    {
        string set = await _place.BackupDocsAsync();
        string file = _place.File("home/file");
        ToolResult result = await _place.RestoreAsync("--in-place", "--dir", $"docs={_place.At(place)}", "--json");
        result.Fails(4, "docs", "--to");
        Assert.Equal("Refused", result.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.True(File.Exists(file) && !Directory.Exists(_place.At("nowhere")));
        await _place.AssertCleanAsync(set);
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task An_owner_with_two_drives_comes_back_by_letter_and_in_place()
    {
        string other = Path.GetDirectoryName(_place.File("other/o"))!;
        string config = _place.At("owners.json");
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "both", "kind": "directory", "drives": { "C": "home/docs", "x": "other" } } ] }""", TestContext.Current.CancellationToken);
        (await _place.BackupAsync("--config", config)).Ends(0);
        string data = Directory.EnumerateFiles(_place.Repo, "*.data", SearchOption.AllDirectories).Single();
        byte[] good = await File.ReadAllBytesAsync(data, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(data, good[..^1], TestContext.Current.CancellationToken);
        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(6);
        await File.WriteAllBytesAsync(data, good, TestContext.Current.CancellationToken);

        // What failed left nothing that is in the way of the next.
        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/both/C")), "drive C");
        (await TreePrint.OfAsync(other)).AssertSame(await TreePrint.OfAsync(_place.At("out/both/X")), "drive X");

        TreePrint was = await TreePrint.OfAsync(other);
        _place.File("other/later");
        (await _place.RestoreAsync("--in-place", "--config", config)).Ends(0);
        was.AssertSame(await TreePrint.OfAsync(other), "drive X in place");
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task An_owner_that_is_not_heard_of_ends_with_5_and_the_others_are_kept()
    {
        _place.WithLedger();
        string config = _place.At("owners.json");
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "ledger", "kind": "sqlite", "path": "home/ledger.db", "noProgressSeconds": 0.2 } ] }""", TestContext.Current.CancellationToken);
        using Microsoft.Data.Sqlite.SqliteConnection busy = new($"Data Source={_place.Database};Pooling=False");
        busy.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = busy.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        JsonElement report = (await _place.BackupAsync(["--config", config, .. _place.DocsOwner, "--json"])).Ends(5).Json;
        Assert.Equal("TimedOut", Owner(report, "ledger").GetProperty("error").GetString());
        Assert.Equal("succeeded", Owner(report, "docs").GetProperty("outcome").GetString());
        await _place.AssertCleanAsync(report.GetProperty("set").GetString()!);
    }

    [Fact]
    public async Task Messages_about_databases_are_one_line_without_statements()
    {
        _place.WithLedger(3000);
        string config = _place.At("owners.json");
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "ledger", "kind": "sqlite", "path": "home/ledger.db" } ] }""", TestContext.Current.CancellationToken);
        ToolResult good = (await _place.BackupAsync("--config", config)).Ends(0);
        Assert.DoesNotContain("could not commit for", good.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 B expected", good.Errors, StringComparison.Ordinal);
        byte[] bytes = await File.ReadAllBytesAsync(_place.Database, TestContext.Current.CancellationToken);
        Array.Fill(bytes, (byte)0xA5, 4096, bytes.Length - 8192);
        await File.WriteAllBytesAsync(_place.Database, bytes, TestContext.Current.CancellationToken);
        ToolResult damaged = (await _place.BackupAsync("--config", config)).Ends(1);
        Assert.Contains("ledger: ", damaged.Errors, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\\x0a|PRAGMA|BEGIN|SELECT", damaged.Errors);
    }

    [Fact]
    public async Task A_dry_run_touches_nothing()
    {
        await _place.BackupDocsAsync();
        _place.File("home/docs/later");
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        Assert.True((await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--dry-run", "--json"])).Ends(0).Json.GetProperty("dryRun").GetBoolean());
        (await _place.RestoreAsync("--to", _place.At("out"), "--dry-run")).Ends(0);
        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");
    }

    private static JsonElement Owner(JsonElement report, string name) => report.GetProperty("owners").EnumerateArray().Single(o => o.GetProperty("name").GetString() == name);
}
