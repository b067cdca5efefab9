using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>A backup each night for more than a year, and a prune after each.</summary>
public sealed class YearOfBackupsTests
{
    private const int Nights = 365 + 59;

    private static readonly RetentionRequest Request = new()
    {
        Policy = new RetentionPolicy { KeepDaily = 7, KeepWeekly = 4, KeepMonthly = 12 }, TimeZone = TimeZoneInfo.Utc,
    };

    [Fact]
    public Task Each_night_the_right_sets_are_kept_each_of_them_restores_and_the_repository_stops_growing() => RunAsync(6, 110);

    /// <summary>A campaign: with the longest chains of the default it takes a minute.</summary>
    [Fact(Explicit = true)]
    public Task Each_night_the_right_sets_are_kept_also_with_chains_of_thirty() => RunAsync(30, 340);

    private static async Task RunAsync(int longestChain, int most)
    {
        TearingStorage storage = new();
        PruneStory story = new(storage);
        story.Clock.Now = new DateTimeOffset(2025, 12, 31, 2, 0, 0, TimeSpan.Zero);
        await using BackupRepository repository = await BackupRepository.CreateAsync(storage, story.Options(), Token);
        Dictionary<uint, (BackupSet? Parent, int Length)> chains = new() { [1] = (null, 0), [2] = (null, longestChain / 3) };
        List<int> sets = [];
        List<long> bytes = [];
        for (int night = 1; night <= Nights; night++)
        {
            BackupSet set = await story.BackupAsync(repository, [.. chains.Select(static chain => (chain.Key, chain.Value.Parent))]);
            foreach ((uint sid, (BackupSet? parent, int length)) in chains)
            {
                // The next part is a base when the chain is full.
                int next = parent is null ? 1 : length + 1;
                chains[sid] = next > longestChain ? (null, 0) : (set, next);
            }

            PruneReport report = await story.PruneAsync(Request);
            HashSet<long> expected = RetentionModel.Kept(new RetentionInput
            {
                Sets = [.. report.Plan.Sets.Select(static kept => kept.Set)], Policy = Request.Policy, Now = story.Clock.Now, TimeZone = TimeZoneInfo.Utc,
            });
            (long[] visible, long[] hidden) = await story.ListAsync();
            Assert.Equal(expected.Order(), visible);
            Assert.All(report.Plan.Sets.SelectMany(static kept => kept.Set.Parts.Where(kept.Keeps)), static part => Assert.True(part.IsStored));
            sets.Add(visible.Length + hidden.Length);
            bytes.Add(storage.Files().Sum(static file => (long)file.Bytes));
            if (night % 60 == 0)
            {
                await story.RequireAllRestoreAsync($"night {night}");
                await story.RequireCleanAsync($"night {night}");
            }
        }

        // By their reasons: seven days, four weeks and twelve months, some of which are the same sets.
        IReadOnlyList<RetainedSet> last = RetentionRules.Apply(new RetentionInput
        {
            Sets = [.. await repository.ListSetsAsync(Token)], Policy = Request.Policy, Now = story.Clock.Now, TimeZone = TimeZoneInfo.Utc,
        });
        string Dates(RetentionRule rule) => string.Join(' ', last.Where(set => set.Reasons.Any(reason => reason.Rule == rule)).Select(static set => $"{set.Set.Time:yyMMdd}"));
        Assert.Equal("270222 270223 270224 270225 270226 270227 270228", Dates(RetentionRule.Daily));
        Assert.Equal("270207 270214 270221 270228", Dates(RetentionRule.Weekly));
        Assert.Equal("260331 260430 260531 260630 260731 260831 260930 261031 261130 261231 270131 270228", Dates(RetentionRule.Monthly));
        TestContext.Current.TestOutputHelper?.WriteLine($"Sets: {sets[364]} after a year, {sets.Max()} at most; bytes: {bytes[364]} and {bytes.Max()}; chains of {longestChain}.");
        Assert.InRange(sets.Max(), 23, most);
        Assert.True(bytes.Skip(300).Max() < bytes.Take(300).Max() * 1.3, $"{bytes.Take(300).Max()}, then {bytes.Skip(300).Max()} bytes.");
    }
}
