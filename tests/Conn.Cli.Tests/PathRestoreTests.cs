using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary><c>restore --path</c> and <c>--overwrite</c>: single files and folders, beside what a target holds.</summary>
public sealed class PathRestoreTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs(60).WithLedger();

    private string Out => _place.At("out");

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_folder_comes_back_as_a_full_restore_brings_it()
    {
        await ChainAsync();
        (await _place.RestoreAsync("--to", _place.At("full"))).Ends(0);
        ToolResult result = (await _place.RestoreAsync("--owner", "docs", "--path", "moved", "--path", "5/", "--to", Out)).Ends(0);
        Assert.Matches("^set .+: [0-9]+ written, 0 replaced, 0 kept, 0 refused; ", result.Output);
        foreach (string folder in (string[])["moved", "5"])
        {
            (await TreePrint.OfAsync($"{_place.At("full")}/docs/{folder}")).AssertSame(await TreePrint.OfAsync($"{Out}/docs/{folder}"), folder);
        }

        Assert.Equal(["5", "moved"], Directory.EnumerateFileSystemEntries(Out + "/docs").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Everything_over_nothing_is_a_full_restore()
    {
        await ChainAsync();
        (await _place.RestoreAsync("--to", _place.At("full"))).Ends(0);
        (await _place.RestoreAsync("--to", Out, "--overwrite", "never")).Ends(0);
        (await TreePrint.OfAsync(_place.At("full/docs"))).AssertSame(await TreePrint.OfAsync(Out + "/docs"), "docs");
        Assert.Equal(Ledger.Print(_place.At("full/ledger/ledger.db")), Ledger.Print(Out + "/ledger/ledger.db"));
        JsonElement again = (await _place.RestoreAsync("--to", Out, "--owner", "docs", "--overwrite", "if-changed", "--json")).Ends(0).Json;
        Assert.Equal((0, 0), (again.GetProperty("written").GetInt32(), again.GetProperty("replaced").GetInt32()));
    }

    [Fact]
    public async Task A_plan_names_what_would_be_written_replaced_and_kept_and_changes_nothing()
    {
        await ChainAsync();
        (await _place.RestoreAsync("--owner", "docs", "--path", "5", "--to", Out)).Ends(0);
        File.AppendAllText(Out + "/docs/5/f0005", "changed");
        File.Delete(Out + "/docs/5/f0012");
        TreePrint before = await TreePrint.OfAsync(Out);
        string[] args = ["--owner", "docs", "--path", "5", "--to", Out, "--overwrite", "if-changed"];
        ToolResult plan = (await _place.RestoreAsync([.. args, "--dry-run"])).Ends(0);
        Assert.Matches(@"(?m)^replace +[0-9.]+ k?B  docs:5/f0005$", plan.Output);
        Assert.Matches(@"(?m)^write +[0-9.]+ k?B  docs:5/f0012$", plan.Output);
        Assert.Matches(@"(?m)^keep +[0-9.]+ k?B  docs:5/f0019$", plan.Output);
        Assert.EndsWith("nothing was touched\n", plan.Output, StringComparison.Ordinal);
        before.AssertSame(await TreePrint.OfAsync(Out), "a plan");
        JsonElement done = (await _place.RestoreAsync([.. args, "--json"])).Ends(0).Json;
        Assert.Equal("schemaVersion set dryRun entries outcome written replaced kept refused bytes notes", string.Join(' ', done.EnumerateObject().Select(static p => p.Name)));
        Assert.Equal((1, 1), (done.GetProperty("written").GetInt32(), done.GetProperty("replaced").GetInt32()));
        Assert.Equal(File.ReadAllBytes(_place.Docs + "/5/f0005"), File.ReadAllBytes(Out + "/docs/5/f0005"));
    }

    [Theory]
    [InlineData("home", "5/f0005", "directory", "home/docs")]
    [InlineData("home", "", "directory", "home/docs/5")]
    [InlineData("home", "5", "sqlite", "home/docs/5/f0005")]
    [InlineData("link", "5", "directory", "home/docs")]
    public async Task A_restore_over_the_data_of_an_owner_at_its_place_ends_with_2_and_writes_nothing(string target, string path, string kind, string live)
    {
        // The target is outside of every owner, and holds a folder of the name of the owner that is restored.
        await _place.BackupDocsAsync();
        File.CreateSymbolicLink(_place.At("link"), _place.At("home"));
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, $$"""{ "owners": [ { "name": "live", "kind": "{{kind}}", "path": "{{live}}" } ] }""", TestContext.Current.CancellationToken);
        File.AppendAllText(_place.Docs + "/5/f0005", "newer than the backup");
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        string[] paths = path.Length > 0 ? ["--path", path] : [];
        foreach (string[] more in (string[][])[["--dry-run"], []])
        {
            (await _place.RestoreAsync(["--to", _place.At(target), "--owner", "docs", .. paths, "--overwrite", "always", "--config", config, .. more]))
                .Fails(2, "--to", "owner live");
        }

        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");
        (await _place.RestoreAsync("--to", _place.At("home/other"), "--owner", "docs", "--overwrite", "always", "--config", config)).Ends(0);
    }

    [Fact]
    public async Task What_cannot_be_written_is_named_and_the_rest_is_restored()
    {
        await ChainAsync();
        Directory.CreateDirectory(Out + "/docs/5/f0005/in it");
        Directory.CreateDirectory(_place.At("outside"));
        File.CreateSymbolicLink(Out + "/docs/moved", _place.At("outside"));
        ToolResult result = (await _place.RestoreAsync("--owner", "docs", "--path", "5", "--path", "moved", "--to", Out, "--overwrite", "always")).Ends(3);
        Assert.Contains("not restored: docs:5/f0005: a folder is there", result.Errors, StringComparison.Ordinal);
        Assert.Contains("not restored: docs:moved: a file or link is there", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_place.At("outside")));
        Assert.True(File.Exists(Out + "/docs/5/f0012"));
    }

    [Fact]
    public async Task A_database_is_not_replaced_beside_a_log()
    {
        await ChainAsync();
        (await _place.RestoreAsync("--owner", "ledger", "--path", "ledger.db", "--to", Out)).Ends(0);
        File.WriteAllText(Out + "/ledger/ledger.db-wal", "");
        ToolResult refused = (await _place.RestoreAsync("--owner", "ledger", "--to", Out, "--overwrite", "always")).Ends(3);
        Assert.Contains("ledger.db-wal", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_no_sense_is_wrong_usage_and_touches_nothing()
    {
        await ChainAsync();
        _place.File("full of it/x");
        (await _place.RestoreAsync("--path", "5", "--to", Out)).Fails(2, "--owner", "docs", "ledger");
        (await _place.RestoreAsync("--owner", "docs", "--path", "5", "--to", _place.At("full of it"))).Fails(2, "not empty");
        (await _place.RestoreAsync(["--owner", "docs", "--path", "5", "--in-place", .. _place.DocsOwner])).Fails(2, "--path");
        (await _place.RestoreAsync("--to", Out, "--overwrite", "sometimes")).Fails(2, "if-newer");
        (await _place.RestoreAsync("--owner", "docs", "--path", "55", "--to", Out)).Fails(10, "did you mean 5?");
        Assert.False(Directory.Exists(Out));
    }

    /// <summary>A base and two increments with renames, a deletion and a hard link.</summary>
    private async Task ChainAsync()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        Directory.Move(_place.Docs + "/3", _place.Docs + "/moved");
        LinuxCalls.HardLink(_place.Docs + "/moved/f0003", _place.Docs + "/moved/a second name");
        Ledger.Add(_place.Database, 20, every: 5);
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        File.Delete(_place.Docs + "/4/f0004");
        File.AppendAllText(_place.Docs + "/5/f0005", "more");
        (await _place.BackupAsync(_place.Owners)).Ends(0);
    }
}
