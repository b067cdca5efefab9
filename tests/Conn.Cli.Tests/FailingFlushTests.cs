using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The device refuses to make data durable: the run does not end with 0, nothing is called durable, and what was there before stays good.</summary>
public sealed class FailingFlushTests : IDisposable
{
    /// <summary>Every third flush fails in turn; with CONN_EVERY_FLUSH set, every one. The repository's own tests let every flush fail, without processes.</summary>
    private static readonly int Step = Environment.GetEnvironmentVariable("CONN_EVERY_FLUSH") is null ? 3 : 1;

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_backup_ends_with_an_error_whichever_flush_fails_and_the_old_sets_stay_good()
    {
        string first = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        int failures = 0;
        for (int nth = 1; ; nth += Step)
        {
            Ledger.Add(_place.Database, 3);
            _place.File($"home/docs/file-{nth}");
            (ToolResult result, int failed) = await Strace.FailFlushAsync(
                _place.At("strace.log"), nth, ["backup", "--repo", _place.Repo, .. _place.Owners, "--base", "--json"]);
            if (failed == 0)
            {
                result.Ends(0);
                break;
            }

            failures++;
            Assert.True(result.ExitCode is not (0 or 3), $"Flush {nth} failed. {result}");
            Assert.DoesNotContain("defect", result.Errors, StringComparison.Ordinal);
            ToolResult verified = (await ToolRun.HereAsync("verify", "--repo", _place.Repo, "--json")).Ends(0);
            Assert.NotEmpty(verified.Output);
            Assert.Contains(first, await _place.SetsAsync());
        }

        Assert.True(failures * Step >= 5, $"Only {failures} flushes failed.");
        (await _place.RestoreAsync("--set", first, "--to", _place.At("out"))).Ends(0);
    }

    [Fact]
    public async Task A_restore_in_place_whose_flush_fails_leaves_every_owner_old_or_new_and_the_next_run_settles_it()
    {
        (await _place.BackupAsync([.. _place.Owners])).Ends(0);
        string stored = Ledger.Print(_place.Database);
        TreePrint docs = await TreePrint.OfAsync(_place.Docs);
        int failures = 0;
        for (int nth = 1; ; nth += Step)
        {
            Ledger.Add(_place.Database, 3);
            string old = Ledger.Print(_place.Database);
            _place.File($"home/docs/later-{nth}");
            (ToolResult result, int failed) = await Strace.FailFlushAsync(
                _place.At("strace.log"), nth, ["restore", "--repo", _place.Repo, "--in-place", .. _place.Owners, "--json"]);
            string now = Ledger.Print(_place.Database);
            Assert.True(now == old || now == stored, $"Flush {nth} failed, and the ledger is neither old nor new. {result}");
            if (failed == 0)
            {
                result.Ends(0);
                break;
            }

            failures++;
            Assert.DoesNotContain("defect", result.Errors, StringComparison.Ordinal);
            if (result.ExitCode == 0)
            {
                Assert.Equal(stored, now);
                docs.AssertSame(await TreePrint.OfAsync(_place.Docs), $"docs after flush {nth}");
            }

            (await _place.RestoreAsync(["--in-place", .. _place.Owners])).Ends(0);
            Assert.Equal(stored, Ledger.Print(_place.Database));
            docs.AssertSame(await TreePrint.OfAsync(_place.Docs), $"docs after the restore that follows flush {nth}");
        }

        Assert.True(failures * Step >= 5, $"Only {failures} flushes failed.");
    }
}
