using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Owners of the daemon that are not as its configuration says: unknown, missing, or of another kind.</summary>
public sealed class DaemonOwnersTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task An_owner_of_a_program_that_the_configuration_lacks_is_named_by_log_owners_and_doctor()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await using ToolProcess program = JoinedProgram.Start(DaemonRun.Socket(_place), _place.At("app.data"));
        await daemon.Process.SaysAsync($"Owner {JoinedProgram.Owner} (");
        JsonElement refused = Assert.Single((await daemon.AskAsync("owners", "--json")).Ends(0).Json.GetProperty("refused").EnumerateArray());
        Assert.Equal(JoinedProgram.Owner, refused.GetProperty("name").GetString());
        Assert.Contains("app: WARNING: process ", (await daemon.AskAsync("owners")).Ends(0).Output, StringComparison.Ordinal);
        (await DoctorRun.HereAsync("--socket", DaemonRun.Socket(_place))).Finds("owner app", "warning", "no backup holds it").SaysWhatToDo();
    }

    [Fact]
    public async Task A_backup_of_a_required_owner_without_a_source_is_refused_before_it_begins_as_without_a_daemon()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        File.Delete(_place.Database);
        string says = $"Owner ledger: {_place.Database} does not exist";
        (await daemon.AskAsync("backup")).Fails(2, says);
        (await daemon.AskAsync("plan")).Fails(2, says);
        (await ToolRun.HereAsync("backup", "--config", DaemonRun.Configuration(_place))).Fails(2, says);
        Assert.Empty((await daemon.AskAsync("history", "--json")).Ends(0).Json.GetProperty("operations").EnumerateArray());
        (await daemon.AskAsync("backup", "--owner", "docs")).Ends(0);
    }

    [Fact]
    public async Task A_daemon_that_starts_without_a_source_says_so()
    {
        File.Delete(_place.Database);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place);
        await daemon.Process.SaysAsync($"No backup can hold owner ledger now: {_place.Database} does not exist");
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task Owners_of_other_programs_are_in_nobodys_way_without_a_daemon()
    {
        await DaemonRun.WriteAsync(_place, "", withRemote: true);
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        string[] config = ["--config", DaemonRun.Configuration(_place)];
        (await ToolRun.HereAsync(["backup", .. config])).Fails(2, "or name the others: --owner docs --owner ledger.");
        (await ToolRun.HereAsync(["backup", "--owner", "app", .. config])).Fails(2, "Owner app is in another program");
        (await ToolRun.HereAsync(["backup", "--owner", "doc", .. config])).Fails(2, "there is no owner of this name; there are docs, ledger.");
        JsonElement backup = (await ToolRun.HereAsync(["backup", "--owner", "docs", "--json", .. config])).Ends(0).Json;
        Assert.Equal("docs", Assert.Single(backup.GetProperty("owners").EnumerateArray()).GetProperty("name").GetString());
        (await ToolRun.HereAsync(["restore", "--in-place", "--owner", "docs", .. config])).Ends(0);
        (await ToolRun.HereAsync(["restore", "--in-place", .. config])).Fails(2, "Owner app is in another program");
        (await ToolRun.HereAsync(["restore", "--to", _place.At("out"), .. config])).Ends(0);
        (await ToolRun.HereAsync(["verify", .. config])).Ends(0);
    }

    [Fact]
    public async Task A_restore_from_a_set_in_which_an_owner_failed_is_partial_as_without_a_daemon()
    {
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, bestEffort: true);
        File.Delete(_place.Database);
        (await daemon.AskAsync("backup")).Ends(3);
        ToolResult restored = (await daemon.AskAsync("restore", "--in-place", "--json")).Ends(3);
        Assert.Equal("partial", restored.Json.GetProperty("outcome").GetString());
        JsonElement missing = Assert.Single(restored.Json.GetProperty("missing").EnumerateArray());
        Assert.Equal(("ledger", "failed"), (missing.GetProperty("name").GetString(), missing.GetProperty("reason").GetString()));
        Assert.Contains("Owner ledger failed in set", (await daemon.AskAsync("restore", "--in-place", "--dry-run")).Ends(3).Errors, StringComparison.Ordinal);
        JsonElement last = (await daemon.AskAsync("history", "--json")).Ends(0).Json.GetProperty("operations").EnumerateArray().Last();
        Assert.Equal("partial", last.GetProperty("outcome").GetString());
        Assert.Equal(0, (await daemon.StopAsync()).ExitCode);
        ToolResult direct = (await ToolRun.HereAsync("restore", "--in-place", "--config", DaemonRun.Configuration(_place))).Ends(3);
        Assert.Contains("Owner ledger failed in set", direct.Errors, StringComparison.Ordinal);
    }
}
