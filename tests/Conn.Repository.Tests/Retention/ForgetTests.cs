using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>A set that is damaged or missing stops no prune that does not need it, and can be forgotten.</summary>
public sealed class ForgetTests
{
    [Fact]
    public async Task A_damaged_set_that_is_not_kept_is_pruned_like_any_other()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        Cut(storage, story.Sets[0]);
        await story.PruneAsync();
        Assert.Equal("4 5 6 / 1 2 3", await story.TextAsync());
        story.Clock.Now += TimeSpan.FromDays(8);
        await story.PruneAsync();
        Assert.Equal("4 5 6 / ", await story.TextAsync());
        await story.RequireCleanAsync("after the prune");
    }

    [Fact]
    public async Task A_set_whose_folder_is_missing_stops_every_prune_until_it_is_forgotten()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        BackupSet gone = story.Sets[0];
        await storage.DeleteAsync($"sets/{gone.Sequence:D8}-{gone.Id}", Token);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await story.PruneAsync());
        Assert.Contains("forget", refused.Message, StringComparison.Ordinal);
        await ForgetAsync(story, gone.Id);
        await story.RequireAllRestoreAsync();
        await story.PruneAsync();
        Assert.Equal("4 5 6 / 2 3", await story.TextAsync());
        await story.RequireCleanAsync("after it was forgotten");
    }

    [Fact]
    public async Task What_continues_a_forgotten_set_is_pruned_with_it()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        Cut(storage, story.Sets[3]);
        await ForgetAsync(story, story.Sets[3].Id);
        await using BackupRepository repository = await story.OpenAsync();
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal([1L, 2L, 3L, 5L, 6L], sets.Select(static set => set.Sequence));
        Assert.True(sets[3].Part(1)!.IsPruned);
        Assert.True(sets[4].Part(1)!.IsPruned);
        Assert.True(sets[4].Part(2)!.IsStored);
        await story.RequireAllRestoreAsync();
        await story.RequireCleanAsync("with pruned parts");
    }

    [Fact]
    public async Task A_whole_set_the_newest_set_and_one_that_is_not_there_are_not_forgotten()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        Assert.Equal(RepositoryFailure.NotPermitted, (await Assert.ThrowsAsync<RepositoryException>(() => ForgetAsync(story, story.Sets[1].Id))).Failure);
        Cut(storage, story.Sets[5]);
        Assert.Equal(RepositoryFailure.NotPermitted, (await Assert.ThrowsAsync<RepositoryException>(() => ForgetAsync(story, story.Sets[5].Id))).Failure);
        Assert.Equal(RepositoryFailure.NoSuchSet, (await Assert.ThrowsAsync<RepositoryException>(() => ForgetAsync(story, SetId.Parse("20200101T000000Z-00000001")))).Failure);
        Assert.Equal("1 2 3 4 5 6 / ", await story.TextAsync());
    }

    [Fact]
    public async Task Without_a_grace_period_a_set_is_deleted_whose_mark_is_of_the_future()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        story.Clock.Now += TimeSpan.FromDays(3650);
        await story.PruneAsync();
        story.Clock.Now -= TimeSpan.FromDays(3650);
        await story.PruneAsync(PruneStory.LastOnly with { Grace = default });
        Assert.Equal("4 5 6 / ", await story.TextAsync());
    }

    private static async Task ForgetAsync(PruneStory story, SetId set)
    {
        await using BackupRepository repository = await story.OpenAsync();
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        Assert.Empty(await repository.Retention.ForgetAsync(held, set, Token));
    }

    private static void Cut(TearingStorage storage, BackupSet set)
    {
        string file = storage.Files().First(file => file.Path.Contains(set.Id.Text, StringComparison.Ordinal) && file.Path.EndsWith(".data", StringComparison.Ordinal)).Path;
        storage.Put(file, storage.Read(file)[..^1]);
    }
}
