using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Repository.Tests.Encryption;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>The mark of a held set that another program removes or exchanges is noticed, and its set is kept.</summary>
public sealed class LostHoldTests
{
    private static readonly RepositoryKey Key = RepositoryKey.FromKeyFile(Noise(77, 32));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_mark_that_is_deleted_is_a_problem_and_its_set_outlives_every_prune_until_it_is_released(bool encrypted, bool withTheFolder)
    {
        (TearingStorage storage, PruneStory story) = await HeldAsync(encrypted ? Key : null);
        if (withTheFolder)
        {
            await storage.DeleteAsync("marks", Token);
        }
        else
        {
            storage.Put(RepositoryLayout.MarkPath(2, story.Sets[1].Id), null);
        }

        await RequireLostAsync(storage, story, encrypted ? Key : null);
        Assert.True(await story.ReleaseAsync(story.Sets[1]));
        await story.RequireCleanAsync("after the release");
        await PruneTwiceAsync(story);
        Assert.Equal("4 5 6 / ", await story.TextAsync());
        await story.RequireCleanAsync("after the prune");
    }

    [Fact]
    public async Task An_older_mark_that_hides_the_set_is_a_problem_and_the_set_stays_listed()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        await story.PruneAsync();
        string path = RepositoryLayout.MarkPath(2, story.Sets[1].Id);
        byte[] hidden = storage.Read(path);
        await story.HoldAsync(story.Sets[1]);
        storage.Put(path, hidden);
        await RequireLostAsync(storage, story, null);
        await story.HoldAsync(story.Sets[1]);
        await story.RequireCleanAsync("held again");
    }

    [Fact]
    public async Task A_hold_that_the_index_does_not_list_is_listed_by_the_next_writer()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        byte[] index = storage.Read("index");
        await story.HoldAsync(story.Sets[1]);
        storage.Put("index", index);
        await story.RequireCleanAsync("after the next writer");
        storage.Put(RepositoryLayout.MarkPath(2, story.Sets[1].Id), null);
        await RequireLostAsync(storage, story, null);
    }

    [Fact]
    public async Task A_lost_hold_is_not_forgotten_by_the_next_backup()
    {
        (TearingStorage storage, PruneStory story) = await HeldAsync(null);
        storage.Put(RepositoryLayout.MarkPath(2, story.Sets[1].Id), null);
        await using (BackupRepository repository = await story.OpenAsync())
        {
            await repository.ListSetsAsync(Token);
            await story.BackupAsync(repository, (1, null), (2, null));
        }

        await RequireLostAsync(storage, story, null);
    }

    [Fact]
    public async Task After_a_power_loss_at_any_write_of_a_hold_or_a_release_the_set_is_held_or_not_and_nothing_is_wrong()
    {
        foreach (bool release in new[] { false, true })
        {
            for (int write = 1; ; write++)
            {
                TearingStorage storage = new();
                PruneStory story = await new PruneStory(storage).BeginAsync();
                if (release)
                {
                    await story.HoldAsync(story.Sets[1]);
                }

                BackupRepository repository = await story.OpenAsync();
                RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
                await repository.ListSetsAsync(Token);
                storage.PowerLossAtWrite = storage.Writes + write;
                Exception? error = await Record.ExceptionAsync(async () =>
                {
                    Task change = release
                        ? repository.Retention.ReleaseAsync(held, story.Sets[1].Id, Token).AsTask()
                        : (Task)repository.Retention.HoldAsync(held, story.Sets[1].Id, "", Token).AsTask();
                    await change;
                });
                if (error is null)
                {
                    break;
                }

                Assert.IsType<PowerLossException>(error);
                storage.Crash(write);
                await story.RequireCleanAsync($"release {release}, write {write}");
            }
        }
    }

    [Fact]
    public async Task A_held_set_of_another_copy_with_a_sequence_that_is_taken_keeps_nobody_from_writing_and_can_be_forgotten()
    {
        TearingStorage storage = await SmallAsync();
        TearingStorage other = await RotationKit.CloneAsync(storage);
        await BackupAndHoldAsync(storage, 11);
        string stranger = await BackupAndHoldAsync(other, 12);
        await RotationKit.PutAsync(storage, other, path => path.Contains(stranger, StringComparison.Ordinal));
        Assert.Equal(stranger, Assert.Single((await VerifyAsync(storage)).Problems).Set);
        await BackupAndHoldAsync(storage, 13);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 14), Token);
        await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
        {
            await repository.Retention.ForgetAsync(held, SetId.Parse(stranger), Token);
        }

        VerifyReport report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
    }

    private static async Task<string> BackupAndHoldAsync(TearingStorage storage, int seed)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed), Token);
        BackupSet set = await BackupAsync(repository, 1, null, [Noise(seed, 100)]);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await repository.Retention.HoldAsync(held, set.Id, "", Token);
        return set.Id.Text;
    }

    private static async Task<(TearingStorage Storage, PruneStory Story)> HeldAsync(RepositoryKey? key)
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage, key).BeginAsync();
        await story.HoldAsync(story.Sets[1]);
        await story.RequireCleanAsync("after the hold");
        return (storage, story);
    }

    private static async Task RequireLostAsync(TearingStorage storage, PruneStory story, RepositoryKey? key)
    {
        string set = story.Sets[1].Id.Text;
        Assert.Equal(set, Assert.Single((await VerifyAsync(storage, key: key)).Problems).Set);
        await PruneTwiceAsync(story);
        await using BackupRepository repository = await story.OpenAsync();
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Contains(sets, found => found.Id.Text == set);
        Assert.Equal(set, Assert.Single(sets.Problems).Set);
        RetentionPlan plan = await repository.Retention.PlanAsync(PruneStory.LastOnly, Token);
        Assert.Equal([RetentionRule.UnknownMark], plan.Sets.Single(found => found.Set.Id.Text == set).Reasons.Select(static reason => reason.Rule));
    }

    private static async Task PruneTwiceAsync(PruneStory story)
    {
        await story.PruneAsync();
        story.Clock.Now += TimeSpan.FromDays(30);
        await story.PruneAsync();
    }
}
