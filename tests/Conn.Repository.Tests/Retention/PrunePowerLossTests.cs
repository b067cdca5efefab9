using Conn.Testing.Storage;
using Xunit;

namespace Conn.Repository.Tests.Retention;

/// <summary>Power is lost at each write, or a call fails, while sets are hidden, brought back, held and deleted: what is kept restores, and the next writer leaves
/// nothing behind.</summary>
public sealed class PrunePowerLossTests
{
    private const int SeedsPerWrite = 4;

    public static TheoryData<string, int> Steps => new() { { "hide", 3 }, { "undo", 3 }, { "delete", 4 }, { "delete a chain of parts", 6 }, { "hold", 2 }, { "release", 2 } };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task After_a_power_loss_at_any_write_every_kept_set_restores_and_the_step_can_be_done_again(string step, int least)
    {
        HashSet<string> outcomes = [];
        for (int write = 1; ; write++)
        {
            bool ended = false;
            for (int seed = 0; seed < SeedsPerWrite && !ended; seed++)
            {
                TearingStorage storage = new();
                PruneStory story = await PrepareAsync(storage, step);
                storage.PowerLossAtWrite = storage.Writes + write;
                Exception? error = await Record.ExceptionAsync(async () => await DoAsync(story, step));
                ended = !storage.PowerIsLost;
                Assert.Equal(ended, error is null);
                storage.Crash((write * 100) + seed);
                outcomes.Add(await RequireWholeAsync(story, step, $"{step}, write {write}, seed {seed}"));
            }

            if (ended)
            {
                break;
            }
        }

        // Unless the outcomes before and after the step occurred, the test proves nothing.
        Assert.True(outcomes.Count >= 2, $"{least} outcomes at most: {string.Join("; ", outcomes)}.");
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task After_a_failing_call_every_kept_set_restores_and_the_step_can_be_done_again(string step, int least)
    {
        int failed = 0;
        for (int call = 1; ; call++)
        {
            bool ended = false;
            foreach (bool late in new[] { false, true })
            {
                TearingStorage storage = new() { FailsLate = late };
                PruneStory story = await PrepareAsync(storage, step);
                storage.FailAtCall = storage.Calls + call;
                int before = storage.FailedCalls;
                await Record.ExceptionAsync(async () => await DoAsync(story, step));
                storage.FailAtCall = 0;
                ended = storage.FailedCalls == before;
                failed += storage.FailedCalls - before;
                await RequireWholeAsync(story, step, $"{step}, call {call}, late {late}");
            }

            if (ended)
            {
                break;
            }
        }

        Assert.True(failed > 10 * least, $"Only {failed} failing calls.");
    }

    private static async Task<PruneStory> PrepareAsync(TearingStorage storage, string step)
    {
        PruneStory story = await new PruneStory(storage).BeginAsync(step == "delete a chain of parts");
        if (step is "undo" or "delete" or "delete a chain of parts")
        {
            await story.PruneAsync();
            story.Clock.Now += TimeSpan.FromDays(8);
        }
        else if (step == "release")
        {
            await story.HoldAsync(story.Sets[1]);
        }

        return story;
    }

    private static async Task DoAsync(PruneStory story, string step)
    {
        switch (step)
        {
            case "hide" or "delete" or "delete a chain of parts":
                await story.PruneAsync();
                break;
            case "undo":
                await story.UndoAsync();
                break;
            case "hold":
                await story.HoldAsync(story.Sets[1]);
                break;
            default:
                await story.ReleaseAsync(story.Sets[1]);
                break;
        }
    }

    private static async Task<string> RequireWholeAsync(PruneStory story, string step, string where)
    {
        (long[] visible, long[] hidden) = await story.ListAsync();
        Assert.True(new long[] { 4, 5, 6 }.All(visible.Contains), where);
        Assert.True(step.StartsWith("delete", StringComparison.Ordinal) || visible.Length + hidden.Length == 6, where);
        await story.RequireAllRestoreAsync(where);
        await story.RequireCleanAsync(where);
        await story.RequireAllRestoreAsync(where);
        string outcome = $"{string.Join(' ', visible)} hidden {string.Join(' ', hidden)}";
        if (step is "hold" or "release")
        {
            await using BackupRepository repository = await story.OpenAsync();
            outcome = $"{(await repository.ListSetsAsync(RepositoryKit.Token)).MarkOf(story.Sets[1].Id)}";
        }

        await DoAsync(story, step);
        Assert.Equal(step == "hide" ? 3 : 0, (await story.ListAsync()).Hidden.Length);
        await story.RequireCleanAsync(where);
        await story.RequireAllRestoreAsync(where);
        return outcome;
    }
}
