using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>An owner in another program says before a restore of the daemon that it cannot take it.</summary>
public sealed class DaemonPlanTests : IDisposable
{
    private const string Sentence = "The service changes its tables; wait for the end.";

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _place.At("home/app.data");

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(-5, 4)] // NotSupported
    [InlineData(-26, 75)] // DiskFull
    [InlineData(-14, 11)] // InUse
    public async Task A_required_owner_that_refuses_ends_the_restore_before_anything_has_changed(int code, int exitCode)
    {
        _place.File("home/app.data", 500);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, withRemote: true);
        await using ToolProcess program = await JoinAsync();
        TreePrint docs = await TreePrint.OfAsync(_place.Docs);
        (string ledger, byte[] data) = (Ledger.Print(_place.Database), await File.ReadAllBytesAsync(Data, Token));
        (await daemon.AskAsync("backup")).Ends(0);
        await ChangeAsync();
        await RefusingOwner.RefuseAsync(Data, new ErrorCode(code), Sentence);
        TreePrint changed = await TreePrint.OfAsync(_place.At("home"));

        (await daemon.AskAsync("restore", "--in-place", "--dry-run")).Fails(exitCode, $"Owner app refuses the restore: {Sentence} --to DIR is another place.");
        (await daemon.AskAsync("restore", "--in-place")).Fails(exitCode, $"Owner app refuses the restore: {Sentence}");
        (await TreePrint.OfAsync(_place.At("home"))).AssertSame(changed, "what was refused");
        Assert.Equal("Normal", (await StatusAsync(daemon)).GetProperty("mode").GetString());

        // A plan of a backup does not ask whether a restore would do; the other owners do not depend on this one.
        (await daemon.AskAsync("plan")).Ends(0);
        (await daemon.AskAsync("restore", "--in-place", "--owner", "docs", "--dry-run")).Ends(0);
        (await daemon.AskAsync("restore", "--in-place", "--owner", "app")).Fails(exitCode, Sentence);

        File.Delete(RefusingOwner.ReasonOf(Data));
        (await daemon.AskAsync("restore", "--in-place", "--dry-run")).Ends(0);
        (await daemon.AskAsync("restore", "--in-place")).Ends(0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(docs, "docs");
        Assert.Equal((ledger, Convert.ToHexString(data)), (Ledger.Print(_place.Database), Convert.ToHexString(await File.ReadAllBytesAsync(Data, Token))));
    }

    [Fact]
    public async Task A_best_effort_owner_that_refuses_is_left_out_with_its_sentence_and_the_others_are_restored()
    {
        _place.File("home/app.data", 500);
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, withRemote: true, bestEffort: true);
        await using ToolProcess program = await JoinAsync();
        TreePrint docs = await TreePrint.OfAsync(_place.Docs);
        (await daemon.AskAsync("backup")).Ends(0);
        await ChangeAsync();
        await RefusingOwner.RefuseAsync(Data, ErrorCode.NotSupported, Sentence);
        byte[] changed = await File.ReadAllBytesAsync(Data, Token);

        ToolResult planned = (await daemon.AskAsync("restore", "--in-place", "--dry-run")).Ends(3);
        Assert.Contains(Sentence, planned.Errors + planned.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_place.At("home/docs/more")), "A plan has changed something.");
        ToolResult restored = (await daemon.AskAsync("restore", "--in-place")).Ends(3);
        Assert.Contains(Sentence, restored.Errors, StringComparison.Ordinal);
        Assert.Equal(changed, await File.ReadAllBytesAsync(Data, Token));
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(docs, "docs");
    }

    private static async Task<JsonElement> StatusAsync(DaemonRun daemon) => (await daemon.AskAsync("status", "--json")).Ends(0).Json;

    private async Task<ToolProcess> JoinAsync()
    {
        ToolProcess program = JoinedProgram.Start(DaemonRun.Socket(_place), Data);
        await program.SaysAsync(JoinedProgram.Joined);
        return program;
    }

    private async Task ChangeAsync()
    {
        await File.WriteAllTextAsync(Data, "changed", Token);
        _place.File("home/docs/more");
        Ledger.Add(_place.Database, 5);
    }
}
