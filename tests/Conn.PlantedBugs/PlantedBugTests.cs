using Xunit;

namespace Conn.PlantedBugs;

/// <summary>The suites and the simulation find every planted bug, and say in their first line what is wrong.</summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 30;

    public static TheoryData<PlantedBug> Bugs => [.. Enum.GetValues<PlantedBug>().Where(b => b != PlantedBug.None)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task A_planted_bug_is_found_and_the_first_line_says_what_was_done_and_what_is_wrong(PlantedBug bug)
    {
        Finding finding = await BugHunt.RunAsync(bug, Seeds, stopAtFirst: true);

        string line = finding.FirstLine?.Split('\n')[0] ?? "";
        Assert.StartsWith("After ", line, StringComparison.Ordinal);
        Assert.Contains(Expected(bug), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_correct_owner_passes_every_test_and_every_seed()
    {
        Finding finding = await BugHunt.RunAsync(PlantedBug.None, Seeds, stopAtFirst: true);

        Assert.Null(finding.FirstLine);
        Assert.Equal((0, 0, Seeds), (finding.TestsFailed, finding.TestsSkipped, finding.Seeds));
        Assert.True(finding.Tests > 250, $"only {finding.Tests} tests");
    }

    /// <summary>The words by which an author understands the bug.</summary>
    private static string Expected(PlantedBug bug) => bug switch
    {
        _ => "",
    };
}
