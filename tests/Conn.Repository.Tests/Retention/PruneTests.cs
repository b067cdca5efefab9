using Conn.Repository.Encryption;
using Conn.Repository.Restores;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>Sets are hidden, brought back, held and deleted.</summary>
public sealed class PruneTests
{
    private static readonly RepositoryKey Key = RepositoryKey.FromKeyFile(Noise(77, 32));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_set_is_hidden_first_and_deleted_after_the_grace_period(bool encrypted)
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage, encrypted ? Key : null).BeginAsync();
        long before = storage.Files().Sum(static file => file.Bytes);
        PruneReport first = await story.PruneAsync();
        Assert.Equal([false, false, false, true, true, true], first.Plan.Sets.Select(static set => set.IsKept));
        Assert.Equal(story.Sets.Take(3).Sum(static set => set.StoredBytes), first.Plan.BytesToHide);
        Assert.Equal("4 5 6 / 1 2 3", await story.TextAsync());

        story.Clock.Now += TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1);
        Assert.Equal(0, (await story.PruneAsync()).Plan.BytesToDelete);
        Assert.Equal("4 5 6 / 1 2 3", await story.TextAsync());
        await story.RequireAllRestoreAsync();

        story.Clock.Now += TimeSpan.FromSeconds(1);
        PruneReport last = await story.PruneAsync();
        Assert.Equal([true, true, true], last.Plan.Hidden.Select(static set => set.IsDue));
        Assert.Empty(last.Notes);
        Assert.Equal("4 5 6 / ", await story.TextAsync());
        await story.RequireAllRestoreAsync();
        await story.RequireCleanAsync("after the prune");
        Assert.DoesNotContain(storage.Files(), static file => file.Path.StartsWith("marks/", StringComparison.Ordinal));
        Assert.True(storage.Files().Sum(static file => file.Bytes) < before * 2 / 3);

        // Sequences are never used again.
        await using BackupRepository repository = await story.OpenAsync();
        Assert.Equal(7, (await story.BackupAsync(repository, (1, null))).Sequence);
    }

    [Fact]
    public async Task A_part_whose_chain_is_deleted_while_its_set_is_kept_for_another_owner_is_pruned_and_not_damaged()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        await using BackupRepository repository = await story.OpenAsync();
        BackupSet seven = await story.BackupAsync(repository, (1, null), (2, story.Sets[5]));
        await story.BackupAsync(repository, (2, null));
        await story.PruneAsync();
        Assert.Equal("7 8 / 1 2 3 4 5 6", await story.TextAsync());
        await story.RequireAllRestoreAsync();
        story.Clock.Now += TimeSpan.FromDays(8);
        await story.PruneAsync();
        Assert.Equal("7 8 / ", await story.TextAsync());
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal((true, false, true), (sets[0].Part(2)!.IsPruned, sets[0].Part(2)!.IsStored, sets[0].Part(1)!.IsStored));
        Assert.Equal(seven.Id, sets.FindNewest([1])!.Id);
        await story.RequireAllRestoreAsync();
        await story.RequireCleanAsync("with a pruned part");

        // What is known of the part outlives a hold and a release.
        await story.HoldAsync(seven);
        await story.ReleaseAsync(seven);
        Assert.True((await repository.ListSetsAsync(Token))[0].Part(2)!.IsPruned);
        await story.RequireCleanAsync("after a hold");
    }

    [Fact]
    public async Task A_set_of_which_a_file_is_missing_or_short_is_no_reason_to_remove_another_one()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        string file = storage.Files().Last(static file => file.Path.StartsWith("sets/00000006", StringComparison.Ordinal) && file.Path.EndsWith(".data", StringComparison.Ordinal)).Path;
        byte[] good = storage.Read(file);
        foreach (byte[]? bad in new byte[]?[] { null, good[..^1] })
        {
            storage.Put(file, bad);
            RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await story.PruneAsync());
            Assert.Equal((RepositoryFailure.Damaged, story.Sets[5].Id.Text), (refused.Failure, refused.Set));
            Assert.Equal("1 2 3 4 5 6", (await story.TextAsync()).Split(" /")[0].Trim());
        }

        storage.Put(file, good);
        await story.PruneAsync();
    }

    [Fact]
    public async Task A_plan_changes_nothing_and_says_what_a_new_base_would_free()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        await using BackupRepository repository = await story.OpenAsync();
        int writes = storage.Writes;
        RetentionPlan plan = await repository.Retention.PlanAsync(PruneStory.LastOnly, Token);
        Assert.Equal(writes, storage.Writes);
        Assert.Equal(story.Sets.Skip(3).Sum(static set => set.StoredBytes), plan.NewBaseFrees);
        Assert.Equal(story.Sets.Take(3).Sum(static set => set.StoredBytes), plan.BytesToHide);
    }

    [Fact]
    public async Task Hidden_sets_are_found_by_their_id_and_chosen_by_nothing_else_until_they_are_brought_back()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        await story.PruneAsync();
        await using (BackupRepository repository = await story.OpenAsync())
        {
            SetList sets = await repository.ListSetsAsync(Token);
            Assert.Equal(3, sets.Find(story.Sets[2].Id)!.Sequence);
            Assert.Equal(SetMarkKind.Hidden, sets.MarkOf(story.Sets[2].Id)!.Kind);
            SetChoice choice = new(sets);
            Assert.Equal(3, choice.Find("3").Sequence);
            Assert.Equal(3, choice.Find(story.Sets[2].Id.Text).Sequence);
            Assert.Equal(4, choice.Find("latest~2").Sequence);
            Assert.Throws<RepositoryException>(() => choice.Find("latest~3"));
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () => await story.BackupAsync(repository, (1, story.Sets[2])));
            Assert.Contains("hidden", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal("1 2 3", string.Join(' ', (await story.UndoAsync()).Select(static set => set.Sequence)));
        Assert.Equal("1 2 3 4 5 6 / ", await story.TextAsync());
        Assert.Empty(await story.UndoAsync());
        await story.RequireCleanAsync("after the undo");
    }

    [Fact]
    public async Task A_held_set_stays_with_what_it_needs_until_it_is_released()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        SetMark mark = await story.HoldAsync(story.Sets[1]);
        Assert.Equal(("a test", SetMarkKind.Held), (mark.Why, mark.Kind));
        RetentionPlan plan = (await story.PruneAsync()).Plan;
        Assert.Equal("needed by 2", Assert.Single(plan.Sets[0].Reasons).Text);
        Assert.Equal("held", Assert.Single(plan.Sets[1].Reasons).Text);
        Assert.Equal("1 2 4 5 6 / 3", await story.TextAsync());
        Assert.True(await story.ReleaseAsync(story.Sets[1]));
        Assert.False(await story.ReleaseAsync(story.Sets[1]));

        // To hold a hidden set brings it back, and what it needs is not deleted though it is hidden.
        await story.PruneAsync();
        await story.HoldAsync(story.Sets[2]);
        story.Clock.Now += TimeSpan.FromDays(30);
        Assert.All((await story.PruneAsync()).Plan.Hidden, static set => Assert.False(set.IsDue));
        Assert.Equal("3 4 5 6 / 1 2", await story.TextAsync());
        await story.RequireAllRestoreAsync();
        await story.RequireCleanAsync("with a held set");
    }

    [Fact]
    public async Task With_a_grace_period_of_no_length_a_prune_deletes_what_the_one_before_it_hid()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        RetentionRequest atOnce = PruneStory.LastOnly with { Grace = default };
        await story.PruneAsync(atOnce);
        Assert.Equal("4 5 6 / 1 2 3", await story.TextAsync());
        await story.PruneAsync(atOnce);
        Assert.Equal("4 5 6 / ", await story.TextAsync());
    }

    [Fact]
    public async Task A_failed_part_whose_parent_was_deleted_is_no_broken_chain()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        await using (BackupRepository repository = await story.OpenAsync())
        {
            // Owner 2 fails in an increment on set 3, which is deleted below; owner 1 keeps the set.
            story.Clock.Now += TimeSpan.FromDays(1);
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            await PartAsync(writer, 1, null, [Noise(1, 100)]);
            PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "owner-2", Sid = 2, Parent = story.Sets[2].Part(2) }, Token);
            await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, Type = PartType.Increment }, Token);
            await writer.CommitAsync(SetOutcome.Partial, null, Token);
        }

        RetentionRequest atOnce = PruneStory.LastOnly with { Grace = default };
        for (int i = 0; i < 3; i++)
        {
            await story.PruneAsync(atOnce);
        }

        Assert.DoesNotContain(3, (await story.ListAsync()).Visible);
        await story.RequireCleanAsync("after three prunes");
    }

    [Fact]
    public async Task The_highest_sequence_is_not_deleted_so_that_a_rebuilt_index_gives_it_to_no_other_set()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        await using (BackupRepository repository = await story.OpenAsync())
        {
            story.Clock.Now += TimeSpan.FromDays(1);
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "owner-1", Sid = 1 }, Token);
            await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
            await writer.CommitAsync(SetOutcome.Failed, null, Token);
        }

        await story.PruneAsync();
        story.Clock.Now += TimeSpan.FromDays(30);
        await story.PruneAsync();
        Assert.Equal("4 5 6 / 7", await story.TextAsync());
        storage.Put("index", null);
        await using BackupRepository rebuilt = await story.OpenAsync();
        Assert.Equal(8, (await story.BackupAsync(rebuilt, (1, null))).Sequence);
    }

    [Fact]
    public async Task What_an_open_restore_or_the_next_increment_after_a_restore_needs_is_kept()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        await using BackupRepository repository = await story.OpenAsync();
        RestoreOwner owner = new() { Name = "owner-1", Sid = 1, Set = story.Sets[1].Id, ChangesParent = true };
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        RestoreRecord restore = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [owner] }, Token);
        Assert.Equal("1 2 4 5 6", await KeptAsync());
        await repository.Restores.CompleteOwnerAsync(held, restore, 1, Token);
        Assert.Equal("1 2 4 5 6", await KeptAsync());

        async Task<string> KeptAsync() => RetentionText.Result((await repository.Retention.PlanAsync(PruneStory.LastOnly, Token)).Sets, false);
    }

    [Fact]
    public async Task Every_changed_byte_of_a_mark_is_a_problem_and_its_set_is_neither_hidden_nor_deleted()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        await story.PruneAsync();
        story.Clock.Now += TimeSpan.FromDays(30);
        string path = storage.Files().First(static file => file.Path.StartsWith("marks/00000003", StringComparison.Ordinal)).Path;
        byte[] good = storage.Read(path);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << (at % 8));
            storage.Put(path, bad);
            Assert.Equal(story.Sets[2].Id.Text, Assert.Single((await VerifyAsync(storage)).Problems).Set);
        }

        PruneReport report = await story.PruneAsync();
        Assert.All(report.Plan.Hidden, static set => Assert.False(set.IsDue));
        Assert.Equal(RetentionRule.UnknownMark, Assert.Single(report.Plan.Sets[0].Reasons).Rule);
        Assert.True(await story.ReleaseAsync(story.Sets[2]));
        await story.RequireCleanAsync("after the release");
        Assert.Equal("3 4 5 6 / 1 2", await story.TextAsync());
    }

    [Fact]
    public async Task Nothing_is_pruned_while_a_set_cannot_be_read()
    {
        TearingStorage storage = new();
        PruneStory story = await new PruneStory(storage).BeginAsync();
        string manifest = storage.Files().Last(static file => file.Path.EndsWith("manifest", StringComparison.Ordinal)).Path;
        byte[] good = storage.Read(manifest);
        storage.Put(manifest, good[..^1]);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await story.PruneAsync());
        Assert.Equal((RepositoryFailure.Damaged, story.Sets[5].Id.Text), (refused.Failure, refused.Set));
        storage.Put(manifest, good);
        Assert.Empty((await story.ListAsync()).Hidden);
    }

    [Fact]
    public async Task A_reader_that_began_before_a_prune_reads_on_while_sets_are_hidden()
    {
        PruneStory story = await new PruneStory(new TearingStorage()).BeginAsync();
        await using BackupRepository reader = await story.OpenAsync();
        OwnerPart part = (await reader.ListSetsAsync(Token))[2].Part(1)!;
        await using SectionStreamReader stream = reader.OpenStream(part, DriveC, StreamKind.Data);
        await story.PruneAsync();
        Assert.NotNull(await stream.ReadAsync(Token));
        await reader.ListSetsAsync(Token);
        Assert.Equal(3, reader.ResolveChain(part).Count);
        Assert.Equal(2, (await ReadAsync(reader, part, StreamKind.Snapshot)).Length);
    }
}
