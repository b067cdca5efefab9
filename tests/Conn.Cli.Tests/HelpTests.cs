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
    public async Task The_program_shows_help_when_nothing_is_asked() => Assert.Contains("Usage:", (await ToolRun.RunAsync()).Ends(0).Output,
        StringComparison.Ordinal);
}
