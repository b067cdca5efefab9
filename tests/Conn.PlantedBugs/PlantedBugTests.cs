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

    [Theory]
    [InlineData(PlantedBug.AppliedAgain)]
    [InlineData(PlantedBug.PoolThreads)]
    [InlineData(PlantedBug.RealDelays)]
    public async Task The_simulation_alone_finds_it_too(PlantedBug bug)
    {
        Finding finding = await BugHunt.RunAsync(bug, seeds: 300, stopAtFirst: true, suites: false);

        Assert.StartsWith("After ", finding.FirstFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task If_one_of_the_first_tests_fails_it_is_reported_once_and_the_others_are_skipped_and_name_it()
    {
        (IReadOnlyList<string> failures, IReadOnlyList<string> skipped, int tests) = await SuiteRunner.RunAsync(PlantedBug.DeletionsLost, stopAtFirst: false);

        // Two of the first tests pass before it.
        Assert.Equal((1, tests - 3), (failures.Count, skipped.Count));
        Assert.All(skipped, s => Assert.EndsWith(
            "Not run, because A_base_a_change_an_increment_and_a_restore_give_the_data_of_the_increment fails.", s, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_what_follows_from_a_change_before_RestoreComplete_nothing_is_reported()
    {
        (IReadOnlyList<string> failures, _, _) = await SuiteRunner.RunAsync(PlantedBug.ChangeBeforeCommit, stopAtFirst: false);

        Assert.Contains("in Nothing_the_owner_has_changes_before_RestoreComplete()", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Change_that_never_removes_anything_is_reported_once()
    {
        (IReadOnlyList<string> failures, _, _) = await SuiteRunner.RunAsync(PlantedBug.ChangeOnlyAdds, stopAtFirst: false);

        Assert.Single(failures);
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
        PlantedBug.PoolThreads => "moved its work to the thread pool",
        PlantedBug.RealDelays => "waited by the wall clock",
        PlantedBug.AppliedAgain => "also after a ResumeRestore that returned false",
        PlantedBug.ResumeUnchecked => "ResumeRestore compares what was prepared with its token",
        PlantedBug.MergedWithCurrent => "it does not merge with the data that is there",
        PlantedBug.PreparedInMemory => "over the end of the process, until RestoreComplete or Recover",
        PlantedBug.ChangeOnlyAdds => "Change never removed anything from Image",
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "There are no words for this bug."),
    };
}
