using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The tool on a real pseudo-terminal: a live line for each owner that is redrawn in place and leaves nothing behind, and tables that fit.</summary>
public sealed class TerminalTests : IDisposable
{
    private const int ManyOwners = 40;

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(24, 80)]
    [InlineData(40, 120)]
    public async Task Each_owner_has_a_live_line_that_is_redrawn_in_place(int rows, int columns)
    {
        _place.File("home/docs/big", 60_000_000);
        foreach (string[] line in (string[][])
        [
            ["backup", "--create", .. _place.Owners], ["verify"], ["restore", "--to", _place.At("out")], ["restore", "--in-place", .. _place.Owners],
        ])
        {
            await using TerminalRun run = TerminalRun.Start(rows, columns, [.. line, "--repo", _place.Repo]);
            Assert.Equal(0, await run.EndAsync());
            Assert.True(run.Screen.Redrawn > 0, $"{line[0]}: nothing was redrawn: {run.Raw}");
            string what = line[0] == "verify" ? "repository" : "docs";
            Assert.Contains(what.PadRight(Math.Max(8, columns - 66)) + " ", run.Raw, StringComparison.Ordinal);
            Assert.Null(run.Screen.Overlong);

            // What was drawn is gone: only messages and the result are left.
            Assert.All(run.Screen.Lines, l =>
                Assert.DoesNotMatch("^(docs|ledger|set|repository) +(starting|ready|data|snapshot|done|reading|committing|staged|in place)", l));
            Assert.True(run.Screen.Lines.Count(l => l.Length > 0) <= 12, string.Join('\n', run.Screen.Lines));
        }
    }

    [Fact]
    public async Task A_live_line_has_phase_bytes_of_those_expected_rate_and_time_left()
    {
        _place.File("home/docs/big", 200_000_000);
        await using TerminalRun run = TerminalRun.Start(24, 80, ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner]);
        Assert.Equal(0, await run.EndAsync());
        Assert.Matches(@"docs +data +[0-9.]+ MB of +[0-9.]+ MB +[0-9]+ % +[0-9.]+ [kMG]?B/s +[0-9]+:[0-9]{2} left", run.Raw);
        Assert.Matches("set +(reading back|committing)", run.Raw);
    }

    [Fact]
    public async Task More_owners_than_rows_and_long_names_stay_on_the_screen()
    {
        string[] owners = [.. Enumerable.Range(0, ManyOwners).SelectMany(i => (string[])["--dir",
            $"owner-{i}-{new string('x', 50)}={Path.GetDirectoryName(_place.File($"many/{i}/f", 400_000))}"])];
        await using TerminalRun run = TerminalRun.Start(24, 80, ["backup", "--create", "--repo", _place.Repo, .. owners]);
        Assert.Equal(0, await run.EndAsync());
        Assert.Null(run.Screen.Overlong);
        Assert.Equal(ManyOwners, run.Screen.Lines.Count(l => l.Contains(" base ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Tables_fit_the_terminal_and_ids_are_whole(int columns)
    {
        string set = (await _place.BackupAsync([.. _place.Owners, "--tag", "before-the-move", "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        await _place.BackupDocsAsync("--copy-only");
        foreach (string[] line in (string[][])[["list"], ["show", "1"], ["show", "latest"], ["verify"], ["backup", .. _place.Owners], ["restore",
            "--in-place", "--dry-run", .. _place.Owners]])
        {
            await using TerminalRun run = TerminalRun.Start(24, columns, [.. line, "--repo", _place.Repo, "--no-progress"]);
            Assert.Equal(0, await run.EndAsync());
            Assert.Null(run.Screen.Overlong);
            Assert.Equal(0, run.Screen.Redrawn);
            if (line[0] is "list" or "show")
            {
                Assert.Contains(run.Screen.Lines, l => l.Contains(set, StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(79)]
    [InlineData(80)]
    public async Task No_id_name_or_tag_is_broken_or_cut_on_a_narrow_terminal(int columns)
    {
        string name = "owner-with-a-long-name-" + new string('x', 30);
        string tag = "before-the-move-of-the-whole-department";
        string[] owners = ["--dir", $"{name}={_place.Docs}", "--tag", tag];
        string set = (await _place.BackupAsync([.. owners, "--json"])).Ends(0).Json.GetProperty("set").GetString()!;
        foreach (string[] line in (string[][])[["list"], ["show", "1"], ["backup", .. owners], ["backup", "--dry-run", .. owners]])
        {
            await using TerminalRun run = TerminalRun.Start(24, columns, [.. line, "--repo", _place.Repo, "--no-progress"]);
            Assert.Equal(0, await run.EndAsync());
            string[] lines = run.Raw.Split("\r\n");
            Assert.All(line[0] == "list" ? (string[])[set, name, "#" + tag] : line[0] == "show" ? [set, name, tag] : [name],
                w => Assert.True(lines.Any(l => l.Contains(w, StringComparison.Ordinal)), $"{w}: {run.Raw}"));
            Assert.DoesNotContain(run.Raw, static c => c == '\u2026');
            Assert.True(columns >= 80 || lines.Count(static l => l.Length > 0) < 8, run.Raw);
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("help")]
    [InlineData("list")]
    [InlineData("backup")]
    [InlineData("verify")]
    public async Task The_keypad_of_the_terminal_is_left_as_it_is(string verb)
    {
        await _place.BackupDocsAsync();
        string[] line = verb is "--version" or "help" ? [verb] : [verb, "--repo", _place.Repo, .. verb == "backup" ? _place.DocsOwner : []];
        await using TerminalRun run = TerminalRun.Start(24, 100, line);
        Assert.Equal(0, await run.EndAsync());
        Assert.DoesNotContain("\u001b[?1h", run.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b=", run.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outcomes_are_coloured_unless_NO_COLOR_is_set()
    {
        await _place.BackupDocsAsync();
        foreach ((string noColor, string term, bool coloured) in ((string, string, bool)[])[("", "xterm-256color", true), ("1", "xterm-256color", false), ("",
            "dumb", false)])
        {
            await using TerminalRun run = TerminalRun.Start(24, 80, ["list", "--repo", _place.Repo], noColor, term);
            Assert.Equal(0, await run.EndAsync());
            Assert.Equal(coloured, run.Screen.IsColoured);
        }
    }

    [Theory]
    [InlineData("--no-progress", "xterm-256color")]
    [InlineData("--quiet", "xterm-256color")]
    [InlineData("--json", "xterm-256color")]
    [InlineData("--tag", "dumb")]
    public async Task Nothing_is_redrawn_if_it_is_not_wanted_or_the_terminal_cannot(string option, string term)
    {
        string[] more = option == "--tag" ? ["--tag", "t"] : [option];
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        await using TerminalRun run = TerminalRun.Start(24, 80, ["backup", "--repo", _place.Repo, .. _place.Owners, .. more], term: term);
        Assert.Equal(0, await run.EndAsync());
        Assert.Equal(0, run.Screen.Redrawn);
        Assert.Equal(option == "--tag", run.Raw.Contains("docs: started", StringComparison.Ordinal));
        Assert.Equal(option == "--quiet", run.Screen.Lines.All(l => l.Length == 0));
    }

    [Fact]
    public async Task A_terminal_that_is_hung_up_interrupts_a_backup_and_the_repository_is_as_before()
    {
        string first = await _place.BackupDocsAsync();
        string big = _place.File("home/docs/big", 300_000_000);
        await using (TerminalRun run = TerminalRun.Start(24, 80, ["backup", "--repo", _place.Repo, .. _place.Owners]))
        {
            await run.ShowsAsync("docs");
            run.HangUp();
            Assert.Equal(130, await run.EndAsync());
        }

        File.Delete(big);
        await _place.AssertCleanAsync(first);
        _place.AssertNothingLeft();
    }
}
