using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 130: Ctrl-C, SIGTERM and SIGHUP. Owners are released, the repository is as before, and the next run has nothing to put in order.</summary>
public sealed class InterruptTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs(30).WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(LinuxCalls.Interrupt)]
    [InlineData(LinuxCalls.Terminate)]
    [InlineData(LinuxCalls.HangUp)]
    public async Task The_program_is_interrupted_in_the_middle_of_a_backup(int signal)
    {
        string first = await _place.BackupDocsAsync();
        string big = _place.File("home/docs/big", 300_000_000);
        await using ToolProcess backup = ToolRun.Start(["backup", "--create", "--repo", _place.Repo, .. _place.Owners]);
        await backup.SaysAsync("docs: started");
        backup.Signal(signal);
        (await backup.EndAsync()).Fails(130, "Interrupted");
        File.Delete(big);
        await AssertAsBeforeAsync(first);
    }

    [Theory]
    [InlineData("list --repo R", "nothing was changed.")]
    [InlineData("verify --repo R", "nothing was changed.")]
    [InlineData("find --repo R x", "nothing was changed.")]
    [InlineData("key list --repo R", "nothing was changed.")]
    [InlineData("hold --repo R latest", "what was asked for was done as a whole, or not at all.")]
    [InlineData("backup --repo R --dir docs=D", "owners were released, the host is in Normal, the repository is as it was before.")]
    [InlineData("prune --repo R --keep-last 1", "what was hidden, brought back or deleted before stays so")]
    public async Task What_an_interrupted_verb_says_is_about_that_verb(string line, string says)
    {
        await _place.BackupDocsAsync();
        using StringWriter output = new();
        using StringWriter errors = new();
        string[] args = [.. line.Split(' ').Select(w => w.Replace("=D", "=" + _place.Docs, StringComparison.Ordinal)).Select(w => w == "R" ? _place.Repo : w)];
        Assert.Equal(130, await ConnTool.RunAsync(args, output, errors, new CancellationToken(canceled: true)));
        Assert.Contains($"conn: Interrupted: {says}", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(line.StartsWith("backup", StringComparison.Ordinal), errors.ToString().Contains("owners were released", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_interrupt_at_the_question_for_a_passphrase_is_told_on_its_own_line()
    {
        await using TerminalRun init = TerminalRun.Start(24, 80, ["init", "--encrypt", "--repo", _place.Repo]);
        await init.ShowsAsync("New passphrase: ");
        init.Press("\u0003");
        Assert.Equal(130, await init.EndAsync());
        Assert.Matches("New passphrase: [^\n]*\nconn: Interrupted: ", init.Raw);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Theory]
    [InlineData(OperationPhase.Planned, 1)]
    [InlineData(OperationPhase.OwnerReady, 2)]
    [InlineData(OperationPhase.Section, 1)]
    [InlineData(OperationPhase.OwnerFinished, 2)]
    public async Task A_backup_is_interrupted_at_a_phase(OperationPhase phase, int nth)
    {
        string first = await _place.BackupDocsAsync();
        _place.File("home/docs/more", 8_000_000);
        await using ToolProcess backup = ToolRun.StartUntil(phase, nth, LinuxCalls.Terminate, ["backup", "--create", "--repo", _place.Repo, .. _place.Owners,
            "--json"]);
        ToolResult result = (await backup.EndAsync()).Fails(130, "Interrupted");
        Assert.Equal(130, result.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        await AssertAsBeforeAsync(first);
    }

    [Theory]
    [InlineData(OperationPhase.ManifestWritten)]
    [InlineData(OperationPhase.Renamed)]
    [InlineData(OperationPhase.Indexed)]
    public async Task An_interrupt_that_comes_with_the_commit_is_either_in_time_or_too_late(OperationPhase phase)
    {
        string first = await _place.BackupDocsAsync();
        await using ToolProcess backup = ToolRun.StartUntil(phase, 1, LinuxCalls.Terminate, ["backup", "--create", "--repo", _place.Repo, .. _place.Owners,
            "--json"]);
        ToolResult result = await backup.EndAsync();
        if (result.ExitCode == 0)
        {
            Assert.Empty(await _place.AssertCleanAsync(first, result.Json.GetProperty("set").GetString()!));
        }
        else
        {
            Assert.Equal(OperationPhase.ManifestWritten, phase);
            result.Fails(130, "Interrupted");
            await AssertAsBeforeAsync(first);
        }

        _place.AssertNothingLeft();
    }

    [Theory]
    [InlineData(OperationPhase.Section, 1)]
    [InlineData(OperationPhase.Prepared, 1)]
    public async Task A_restore_in_place_that_is_interrupted_before_its_commit_changes_nothing(OperationPhase phase, int nth)
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        _place.File("home/docs/later");
        Ledger.Add(_place.Database, 20);
        TreePrint docs = await TreePrint.OfAsync(_place.Docs);
        string ledger = Ledger.Print(_place.Database);
        await using ToolProcess restore = ToolRun.StartUntil(phase, nth, LinuxCalls.Terminate, ["restore", "--repo", _place.Repo, "--in-place",
            .. _place.Owners, "--json"]);
        Assert.Equal(130, (await restore.EndAsync()).Fails(130, "Interrupted").Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        docs.AssertSame(await TreePrint.OfAsync(_place.Docs), "docs");
        Assert.Equal(ledger, Ledger.Print(_place.Database));
        _place.AssertNothingLeft();
    }

    [Fact]
    public async Task A_restore_to_a_folder_that_was_interrupted_or_killed_can_be_run_again()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        string[] restore = ["restore", "--repo", _place.Repo, "--to", _place.At("out"), "--json"];
        foreach ((OperationPhase phase, int signal, int code) in ((OperationPhase, int, int)[])
            [(OperationPhase.Section, LinuxCalls.Terminate, 130), (OperationPhase.Section, LinuxCalls.Kill, 137), (OperationPhase.Prepared, LinuxCalls.Kill,
                137)])
        {
            await using ToolProcess process = ToolRun.StartUntil(phase, 1, signal, restore);
            (await process.EndAsync()).Ends(code);
            Assert.False(Directory.Exists(_place.At("out/docs")));
        }

        (await ToolRun.HereAsync(restore)).Ends(0);
        Assert.Equal(["docs", "ledger"], Directory.EnumerateFileSystemEntries(_place.At("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "docs");
        _place.AssertNothingLeft();
    }

    private async Task AssertAsBeforeAsync(string first)
    {
        Assert.Empty(await _place.AssertCleanAsync(first));
        _place.AssertNothingLeft();
        (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(0);
        Assert.Equal(2, (await _place.SetsAsync()).Length);
    }
}
