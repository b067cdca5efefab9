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

        string line = finding.FirstFailure?.Split('\n')[0] ?? "";
        Assert.StartsWith("After ", line, StringComparison.Ordinal);
        Assert.Contains(Expected(bug), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task If_the_plain_round_fails_the_other_tests_are_skipped_and_name_it()
    {
        (IReadOnlyList<string> failures, IReadOnlyList<string> skipped, int tests) = await SuiteRunner.RunAsync(PlantedBug.DeletionsLost, stopAtFirst: false);

        // The two first tests stand in each of the two suites.
        Assert.Equal((2, tests - 4), (failures.Count, skipped.Count));
        Assert.All(skipped, s => Assert.Contains("A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment fails: After a base", s, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_correct_owner_passes_every_test_and_every_seed()
    {
        Finding finding = await BugHunt.RunAsync(PlantedBug.None, Seeds, stopAtFirst: true);

        Assert.Null(finding.FirstFailure);
        Assert.Equal((0, 0, Seeds), (finding.TestsFailed, finding.TestsSkipped, finding.Seeds));
        Assert.True(finding.Tests > 250, $"only {finding.Tests} tests");
    }

    /// <summary>The words by which an author understands the bug.</summary>
    private static string Expected(PlantedBug bug) => bug switch
    {
        PlantedBug.LateSnapshot => "during which the data changed",
        PlantedBug.StreamCut => "hands over every byte before it says that the stream is finished",
        PlantedBug.DeletionsLost => "that must not be there",
        PlantedBug.ChangeBeforeCommit => "the data changed before RestoreComplete",
        PlantedBug.TerminateKeepsState => "Terminate",
        PlantedBug.CommitTwiceThrows => "in a second RestoreComplete",
        PlantedBug.LastSectionOnly => "a restore keeps every section",
        PlantedBug.ChangeByLengthOnly => "a change that keeps every length",
        PlantedBug.DamagedBaseAsEmpty => "the owner took it as good, and the restored data is empty",
        PlantedBug.PoolThreads => "Task.Run",
        PlantedBug.RealDelays => "clock",
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "There are no words for this bug."),
    };
}
