using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The steps of docs/nightly.md: the configuration and the script that stand there, at other places.</summary>
public sealed class NightlyTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(7, "base")]
    [InlineData(1, "increment")]
    public async Task A_night_that_is_in_order_is_silent_and_the_base_is_taken_on_a_Sunday(int day, string type)
    {
        DocumentPage page = DocumentPage.Read("docs/nightly.md");
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, Assert.Single(page.Blocks("json")).Replace("/mnt/backup/conn", _place.Repo, StringComparison.Ordinal)
            .Replace("/srv/notes", _place.Docs, StringComparison.Ordinal).Replace("/srv/ledger.db", _place.Database, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        string script = Path.Combine(_place.Root, "conn-nightly");
        await File.WriteAllTextAsync(script, Assert.Single(page.Blocks("sh")).Replace("$(date +%u)", $"{day}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Dictionary<string, string> environment = new() { ["PATH"] = $"{Path.GetDirectoryName(ToolRun.Program)}:/usr/bin:/bin", ["CONN_REPO"] = "" };

        // The disk is not mounted: said, and nothing is made.
        ToolResult lost = (await NightAsync()).Ends(10);
        Assert.Contains("mounted", lost.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_place.Repo));

        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        for (int night = 0; night < 2; night++)
        {
            ToolResult result = (await NightAsync()).Ends(0);
            Assert.True(result.Output.Length == 0 && result.Errors.Length == 0, result.ToString());
        }

        JsonElement sets = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json.GetProperty("sets");
        Assert.Equal(["base", type], sets.EnumerateArray().Select(static s => s.GetProperty("type").GetString()));

        async Task<ToolResult> NightAsync()
        {
            await using ToolProcess process = ToolProcess.Start("/bin/sh", [], [script, config], null, environment);
            return await process.EndAsync();
        }
    }
}
