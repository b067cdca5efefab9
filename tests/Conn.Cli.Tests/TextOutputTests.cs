using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What people see: results on stdout, messages on stderr, plain lines off a terminal, and nothing in a file's name that moves a cursor.</summary>
public sealed class TextOutputTests : IDisposable
{
    private const string Hostile = "evil\u001b[2J\u001b]0;title\u0007\u009b31m\u007f\nconn: all is well\r";

    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Off_a_terminal_every_verb_prints_plain_lines()
    {
        string[][] lines =
        [
            ["init", "--repo", _place.At("other")], ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner], ["list", "--repo", _place.Repo],
            ["show", "--repo", _place.Repo, "latest"], ["verify", "--repo", _place.Repo, .. _place.DocsOwner], ["restore", "--repo", _place.Repo, "--to", _place.At("out")],
            ["--help"], ["backup", "--help"], ["--version"],
        ];
        foreach (string[] line in lines)
        {
            ToolResult result = await ToolRun.RunAsync([], line, environment: new Dictionary<string, string> { ["TERM"] = "xterm-256color" });
            Assert.NotEmpty(result.Ends(0).Output);
            AssertPlain(result);
        }
    }

    [Fact]
    public async Task Names_with_control_characters_are_printed_safely_and_come_back_as_they_were()
    {
        LinuxCalls.Fifo(Path.Combine(_place.Docs, Hostile));
        _place.File($"home/docs/file-{Hostile}");
        ToolResult backup = await ToolRun.RunAsync(["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner]);
        Assert.Contains("evil", backup.Ends(0).Errors, StringComparison.Ordinal);
        AssertPlain(backup);
        Assert.DoesNotContain(backup.Errors.Split('\n'), l => l.StartsWith("conn: ", StringComparison.Ordinal));
        AssertPlain((await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest")).Ends(0));

        ToolResult json = (await _place.BackupAsync([.. _place.DocsOwner, "--json"])).Ends(0);
        AssertPlain(json);
        Assert.Contains(json.Json.GetProperty("owners")[0].GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("evil", StringComparison.Ordinal));

        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        Assert.True(File.Exists(_place.At($"out/docs/file-{Hostile}")));
    }

    [Fact]
    public async Task A_hostile_path_on_the_command_line_is_printed_safely()
    {
        AssertPlain((await _place.BackupAsync("--dir", $"docs={_place.At(Hostile)}")).Ends(2));
        AssertPlain((await ToolRun.HereAsync("list", "--repo", _place.At(Hostile))).Ends(10));
        AssertPlain((await ToolRun.HereAsync("list", "--repo", _place.At("x"), $"--{Hostile}")).Ends(2));
        AssertPlain((await _place.BackupAsync("--dir", $"{Hostile}={_place.Docs}")).Ends(2));
    }

    [Fact]
    public async Task On_a_terminal_without_NO_COLOR_or_with_it_a_backup_ends_well_and_NO_COLOR_means_none()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script, which makes a terminal, is not here.");
        foreach (string noColor in (string[])["", "1"])
        {
            Dictionary<string, string> environment = new() { ["TERM"] = "xterm-256color", ["NO_COLOR"] = noColor };
            string command = $"{ToolRun.Program} backup --create --repo {_place.Repo} --dir docs={_place.Docs} --base";
            await using ToolProcess process = ToolProcess.Start("/usr/bin/script", [], ["-qec", command, "/dev/null"], null, environment);
            ToolResult result = (await process.EndAsync()).Ends(0);
            Assert.Contains("docs", result.Output, StringComparison.Ordinal);
            if (noColor.Length > 0)
            {
                // Other sequences (the cursor of the live line) are no colours.
                Assert.DoesNotMatch("\u001b\\[[0-9;]*(3[0-7]|38|9[0-7]|4[0-7])[0-9;]*m", result.Output);
            }
        }
    }

    [Fact]
    public async Task Results_go_to_stdout_and_messages_to_stderr()
    {
        ToolResult backup = (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        Assert.Contains("verified", backup.Output, StringComparison.Ordinal);
        Assert.Contains("docs: started", backup.Errors, StringComparison.Ordinal);
        ToolResult list = (await ToolRun.HereAsync("list", "--repo", _place.Repo)).Ends(0);
        Assert.Equal(2, list.Output.TrimEnd('\n').Split('\n').Length);
        Assert.Empty(list.Errors);
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_no_failure_and_a_full_output_is_one()
    {
        await _place.BackupDocsAsync();
        string command = $"{ToolRun.Program} list --repo {_place.Repo}";
        await ToolRun.OtherAsync("bash", "-c", $"{command} | true; exit ${{PIPESTATUS[0]}}");
        await using ToolProcess full = ToolProcess.Start("bash", [], ["-c", $"{command} > /dev/full"]);
        (await full.EndAsync()).Fails(1, "space");
    }

    private static void AssertPlain(ToolResult result)
    {
        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
        Assert.DoesNotContain(result.Errors, c => char.IsControl(c) && c != '\n');
    }
}
