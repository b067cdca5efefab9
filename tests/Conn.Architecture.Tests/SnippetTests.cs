using System.Text.RegularExpressions;
using Snippets;
using Xunit;

namespace Conn.Architecture.Tests;

/// <summary>What the docs show as C# is compiled: each block stands in a file below samples/.</summary>
public sealed partial class SnippetTests
{
    [Fact]
    public void Every_snippet_of_the_docs_is_compiled()
    {
        string[] samples = [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "samples"), "*.cs", SearchOption.AllDirectories).Select(f => Flat(File.ReadAllText(f)))];
        string[] pages = [Path.Combine(SourceTree.Root, "README.md"), Path.Combine(SourceTree.Root, "CONTRIBUTING.md"), .. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs"), "*.md", SearchOption.AllDirectories)];
        int blocks = 0;
        foreach (string page in pages)
        {
            foreach (Match block in Block().Matches(File.ReadAllText(page)))
            {
                blocks++;
                Assert.True(samples.Any(s => s.Contains(Flat(block.Groups[1].Value), StringComparison.Ordinal)),
                    $"{Path.GetRelativePath(SourceTree.Root, page)}: this block stands in no file below samples/:\n{block.Groups[1].Value}");
            }
        }

        Assert.True(blocks >= 8, $"only {blocks} blocks found");
    }

    [Fact]
    public void The_test_that_the_docs_show_passes() => new VirtualTimeSample().An_owner_that_fails_is_reported_with_its_own_code_at_once();

    [Fact]
    public void The_timeline_that_the_docs_show_is_seen() => new ModeMarblesSample().An_owner_that_hangs_holds_the_mode_for_a_minute();

    [Fact]
    public void The_trace_that_the_docs_show_is_played_again() => new ModeMarblesSample().A_trace_is_played_again();

    private static string Flat(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex(@"```csharp\n([\s\S]*?)```")]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
