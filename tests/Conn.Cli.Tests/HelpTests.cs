using Conn.Cli.Tests.Running;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Help, and the one sentence that a mistyped line gets.</summary>
public sealed class HelpTests
{
    private static readonly string[] Verbs = ["demo", "init", "backup", "restore", "list", "show", "ls", "find", "diff", "dump", "verify", "completion", "help", "doctor"];

    [Theory]
    [InlineData("bakcup", "verb 'bakcup'; did you mean backup?")]
    [InlineData("bakcup --repo R --dir a=b", "did you mean backup?")]
    [InlineData("frobnicate", "There is no verb 'frobnicate'.")]
    [InlineData("backup --repo R --dirs a=b", "no option '--dirs'; did you mean --dir?")]
    [InlineData("backup --reop=R --dir a=b", "no option '--reop'; did you mean --repo?")]
    [InlineData("backup --repo R --frobnicate --jsn --copyonly", "no option '--frobnicate'.")]
    [InlineData("restore --repo R --in-palce --dir a=b", "did you mean --in-place?")]
    [InlineData("backup --repo R extra words and more", "'extra' is not expected after conn backup.")]
    [InlineData("verify --repo R josn", "did you mean --json?")]
    [InlineData("help bakcup", "did you mean backup?")]
    [InlineData("backup --repo", "--repo")]
    [InlineData("property define 1 1 5", "'5' is not expected after conn property define. Try: conn property define --help")]
    [InlineData("key ad", "did you mean add?")]
    [InlineData("help key ad", "did you mean add? Try: conn help key")]
    [InlineData("--repo R list", "--repo stands before the verb, and belongs after it: conn list --repo.")]
    [InlineData("dump --repo R docs:contracts/may.odt", "SET is missing before 'docs:contracts/may.odt': conn dump SET OWNER[:PATH]. The newest set is latest.")]
    [InlineData("dump --repo R latest", "OWNER[:PATH] is missing: conn dump SET OWNER[:PATH].")]
    [InlineData("diff --repo R", "SET1 and SET2 are missing: conn diff SET1 SET2.")]
    [InlineData("backup --dir a=b --repo --base", "--repo has no value: --base after it is an option.")]
    public async Task A_mistyped_line_gets_one_sentence_with_the_nearest_match(string line, string says)
    {
        ToolResult result = (await ToolRun.HereAsync(line.Split(' '))).Fails(2, says);
        Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
        Assert.Contains("Try: conn", result.Errors, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        ToolResult json = (await ToolRun.HereAsync([.. line.Split(' '), "--json"])).Ends(2);
        if (!line.StartsWith("help", StringComparison.Ordinal))
        {
            Assert.Equal("Usage", json.Json.GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Conn_alone_and_help_show_every_verb(string line)
    {
        ToolResult result = (await ToolRun.HereAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Ends(0);
        Assert.All(Verbs, v => Assert.Contains($"\n  {v} ", result.Output, StringComparison.Ordinal));
        Assert.Empty(result.Errors);
    }

    [Fact]
    public async Task The_help_of_each_verb_has_a_usage_line_and_two_examples_that_can_be_parsed_and_fits_80_columns()
    {
        Dictionary<string, string> operands = new() { ["backup"] = "OWNERS", ["restore"] = "--in-place OWNERS", ["show"] = "SET", ["ls"] = "SET [OWNER[:PATH]]", ["find"] = "PATTERN", ["diff"] = "SET1 SET2", ["dump"] = "SET OWNER[:PATH]", ["verify"] = "[OWNERS]",
            ["completion"] = "bash | zsh | fish" };
        foreach (string verb in Verbs)
        {
            string page = (await ToolRun.HereAsync("help", verb)).Ends(0).Output;
            Assert.Equal(page, (await ToolRun.HereAsync(verb, "--help")).Ends(0).Output);
            Assert.Contains($"Usage:\n  conn {verb}", page, StringComparison.Ordinal);
            Assert.Contains(operands.GetValueOrDefault(verb, verb), page.ReplaceLineEndings(" ").Replace("      ", "", StringComparison.Ordinal),
                StringComparison.Ordinal);
            string[] examples = [.. page.Split("Examples:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
            Assert.Equal(2, examples.Length);
            Assert.All(examples, e => Assert.Empty(ConnTool.Root(null!).Parse(e.Split(" > ")[0].Trim()["conn ".Length..]).Errors));
            Assert.All(page.Split('\n'), l => Assert.True(l.Length <= 80, l));
        }
    }

    [Fact]
    public async Task The_help_of_every_verb_and_of_every_verb_below_one_names_it_in_full_and_fits_80_columns()
    {
        string[] paths = [.. Below(ConnTool.Root(null!), "")];
        Assert.Contains("key add", paths);
        foreach (string path in paths)
        {
            string page = (await ToolRun.HereAsync([.. path.Split(' '), "--help"])).Ends(0).Output;
            Assert.Equal(page, (await ToolRun.HereAsync(["help", .. path.Split(' ')])).Ends(0).Output);
            Assert.Contains($"Usage:\n  conn {path}", page, StringComparison.Ordinal);
            Assert.All(page.Split('\n'), l => Assert.True(l.Length <= 80, $"{path}: {l}"));

            // What an option takes and what it does stand apart.
            Assert.All(page.Split('\n').Where(static l => l.StartsWith("  --", StringComparison.Ordinal)),
                l => Assert.Matches("^  --[a-z-]+( [A-Z=|a-z]+)?(  +[^ ].*)?$", l));
        }

        Assert.All((await ToolRun.HereAsync("help")).Ends(0).Output.Split('\n'), static l => Assert.True(l.Length <= 80, l));

        static IEnumerable<string> Below(System.CommandLine.Command command, string path) => command.Subcommands.Where(static c => !c.Hidden)
            .SelectMany(c => Below(c, $"{path} {c.Name}").Prepend($"{path} {c.Name}".Trim()).Select(static p => p.Trim()));
    }

    [Fact]
    public async Task The_program_shows_help_when_nothing_is_asked() => Assert.Contains("Usage:", (await ToolRun.RunAsync()).Ends(0).Output,
        StringComparison.Ordinal);
}
