using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The completion scripts, the one for bash in a real bash.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("conn ba", "backup")]
    [InlineData("conn ", "demo init backup restore list show ls find diff dump verify completion help")]
    [InlineData("conn backup --exclude-c", "--exclude-caches")]
    [InlineData("conn restore --in", "--in-place")]
    [InlineData("conn restore --repo /r --dry", "--dry-run")]
    [InlineData("conn completion z", "zsh")]
    public async Task Bash_completes_verbs_and_options(string line, string expected)
    {
        // What bash sets before it calls a completion function; the last word may be empty.
        string[] words = line.Split(' ');
        string script = $$"""
            PATH={{Path.GetDirectoryName(ToolRun.Program)}}:$PATH
            source <(conn completion bash)
            complete -p conn >/dev/null || exit 1
            COMP_WORDS=({{string.Join(' ', words.Select(w => $"'{w}'"))}}) COMP_CWORD={{words.Length - 1}} COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            _conn
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        string[] found = (await ToolRun.OtherAsync("bash", "--norc", "-c", script)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (expected.Contains(' ', StringComparison.Ordinal))
        {
            Assert.Superset(expected.Split(' ').ToHashSet(), found.ToHashSet());
        }
        else
        {
            Assert.Equal([expected], found);
        }
    }

    [Theory]
    [InlineData("conn help re", "restore")]
    [InlineData("conn help ", "backup restore completion")]
    [InlineData("conn show ", "latest")]
    [InlineData("conn ls ", "latest")]
    [InlineData("conn diff latest ", "latest")]
    [InlineData("conn restore --to /r --overwrite ", "never if-changed if-newer always")]
    public async Task Verbs_follow_help_and_sets_follow_where_one_is_expected(string line, string expected)
    {
        string[] found = await CompleteAsync(line);
        Assert.Superset(expected.Split(' ').ToHashSet(), found.ToHashSet());
        Assert.DoesNotContain(found, static f => f is "/?" or "/h" or "-?");
    }

    [Fact]
    public async Task Sets_of_a_known_repository_are_offered()
    {
        using Workplace place = new Workplace().WithDocs();
        string set = await place.BackupDocsAsync();
        foreach (string line in (string[])[$"conn restore --repo {place.Repo} --set ", $"conn verify --repo {place.Repo} --set ", $"conn show --repo {place.Repo} "])
        {
            Assert.Contains(set, await CompleteAsync(line));
        }

        Assert.DoesNotContain(set, await CompleteAsync($"conn show --repo {place.At("none")} "));
    }

    [Theory]
    [InlineData("zsh", "#compdef conn")]
    [InlineData("fish", "complete --command conn")]
    public async Task Other_shells_have_a_script_that_asks_the_tool(string shell, string says)
    {
        string script = (await ToolRun.HereAsync("completion", shell)).Ends(0).Output;
        Assert.Contains(says, script, StringComparison.Ordinal);
        Assert.Contains("conn complete ", script, StringComparison.Ordinal);
        (await ToolRun.HereAsync("completion", "tcsh")).Fails(2, "tcsh");
    }

    private static async Task<string[]> CompleteAsync(string line) =>
        (await ToolRun.HereAsync("complete", $"{line.Length}", line)).Ends(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task A_word_in_brackets_is_no_directive_elsewhere()
    {
        (await ToolRun.HereAsync("[diagram]", "list", "--repo", "/nowhere")).Fails(2, "[diagram]");
        (await ToolRun.HereAsync("list", "--repo", "[suggest:3]")).Fails(10, "[suggest:3]");
    }
}
