using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A restore from a set in which an owner failed: what is missing is named with the newest set that holds it, and the words agree with the code.</summary>
public sealed class AfterLossTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_set_lacks_is_named_with_the_newest_set_that_holds_it(bool quiet)
    {
        string held = await FailedAsync();
        string lacking = (await _place.SetsAsync())[^1];
        string[] how = quiet ? ["--quiet"] : [];

        ToolResult result = (await _place.RestoreAsync(["--set", "3", "--to", _place.At("out"), .. how])).Ends(3);

        Assert.Contains($"Owner ledger failed in set {lacking}", result.Errors, StringComparison.Ordinal);
        Assert.Contains($"the newest set that holds it is {held}: use --set {held}.", result.Errors, StringComparison.Ordinal);
        Assert.Contains("restored: partial", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("may hold", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_has_the_outcome_of_the_code_and_the_missing_owner()
    {
        string held = await FailedAsync();

        JsonElement json = (await _place.RestoreAsync("--to", _place.At("out"), "--json")).Ends(3).Json;

        Assert.Equal("partial", json.GetProperty("outcome").GetString());
        JsonElement missing = Assert.Single(json.GetProperty("missing").EnumerateArray());
        Assert.Equal("ledger", missing.GetProperty("name").GetString());
        Assert.Equal("failed", missing.GetProperty("reason").GetString());
        Assert.Equal(held, missing.GetProperty("newestSet").GetString());
    }

    [Fact]
    public async Task A_best_effort_owner_that_the_set_does_not_know_is_noted()
    {
        string held = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        await _place.BackupDocsAsync();

        ToolResult result = (await _place.RestoreAsync(["--in-place", .. _place.Owners, "--best-effort", "ledger"])).Ends(0);

        Assert.Contains("note: Owner ledger is not in set", result.Errors, StringComparison.Ordinal);
        Assert.Contains(held, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_no_set_holds_is_named()
    {
        await _place.BackupDocsAsync();
        ToolResult result = (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--dir", $"zz={_place.At("zznope")}"])).Fails(10, "holds data of zz;");
        Assert.DoesNotContain("docs", result.Errors, StringComparison.Ordinal);
        (await _place.BackupAsync("--sqlite", $"ledger={_place.Database}")).Ends(0);
        (await _place.RestoreAsync(["--in-place", .. _place.Owners])).Fails(10, "No set", "docs, ledger together");
    }

    [Fact]
    public async Task A_newest_set_that_lacks_an_owner_of_others_says_so_when_all_of_it_is_restored()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        string docs = await _place.BackupDocsAsync();
        Assert.Contains("Owner ledger is not in set", (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0).Errors, StringComparison.Ordinal);
        (await _place.RestoreAsync("--set", docs, "--to", _place.At("named"))).Ends(0).SaysNo("ledger");
        Assert.Contains("holds nothing of owner ledger", (await ToolRun.HereAsync("diff", "--repo", _place.Repo, "1", "2")).Ends(0).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--in-place", "nothing was changed where the owners' data is")]
    [InlineData("--to", "what was begun in")]
    public async Task An_interrupted_restore_says_what_became_of_its_target(string kind, string says)
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        string[] how = kind == "--to" ? ["--to", _place.At("out")] : ["--in-place", .. _place.Owners];
        await using ToolProcess restore = ToolRun.StartUntil(Engine.OperationPhase.Prepared, 1, LinuxCalls.Terminate, ["restore", "--repo", _place.Repo, .. how]);
        (await restore.EndAsync()).Fails(130, "Interrupted", says);
        _place.AssertNothingLeft();
    }

    /// <summary>Three sets, the ledger fails in the third; gives the second.</summary>
    private async Task<string> FailedAsync()
    {
        string[] owners = [.. _place.Owners, "--best-effort", "ledger"];
        (await _place.BackupAsync(owners)).Ends(0);
        string held = (await _place.BackupAsync([.. owners, "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        await File.WriteAllBytesAsync(_place.Database, new byte[4096], TestContext.Current.CancellationToken);
        (await _place.BackupAsync(owners)).Ends(3);
        return held;
    }
}
