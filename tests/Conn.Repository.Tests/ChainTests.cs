using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class ChainTests
{
    [Fact]
    public async Task A_chain_leads_from_the_base_to_the_part_and_each_owner_has_its_own_chain()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)], [Noise(1, 10)]);
        var other = await BackupAsync(repository, 2, null, [Noise(2, 10)]);
        var second = await BackupAsync(repository, 1, first.Part(1), [Noise(3, 10)]);
        var third = await BackupAsync(repository, 1, second.Part(1), [Noise(4, 10)]);
        Assert.Equal((SetType.Base, SetType.Base, SetType.Increment), (first.Type, other.Type, third.Type));
        Assert.Equal([first.Id, second.Id, third.Id], repository.ResolveChain(third.Parts[0]).Select(static part => part.Set));
        Assert.Equal([other.Id], repository.ResolveChain(other.Parts[0]).Select(static part => part.Set));
        var sets = await repository.ListSetsAsync(Token);
        Assert.Equal(third.Id, repository.FindParent(sets, 1)!.Set);
        Assert.Equal(other.Id, repository.FindParent(sets, 2)!.Set);
        Assert.Null(repository.FindParent(sets, 3));
    }

    [Fact]
    public async Task A_missing_parent_breaks_the_chain_and_the_message_names_it()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        var second = await BackupAsync(repository, 1, first.Part(1), [Noise(3, 10)]);
        await storage.DeleteAsync($"sets/00000001-{first.Id}", Token);
        await repository.ListSetsAsync(Token);
        var error = Assert.Throws<RepositoryException>(() => repository.ResolveChain(second.Parts[0]));
        Assert.Equal((RepositoryFailure.ChainBroken, first.Id.Text), (error.Failure, error.Set));
        var report = await VerifyAsync(storage, second.Id);
        Assert.Contains(report.Problems, problem => problem.Set == second.Id.Text && problem.What.Contains(first.Id.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_copy_only_set_and_a_failed_part_are_not_parents()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await BackupAsync(repository, 1, null, [Noise(2, 10)], copyOnly: true);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            await using var writer = repository.BeginSet(held, new NewBackupSet());
            var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "owner-1", Sid = 1, Parent = first.Part(1) }, Token);
            await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
            await writer.CommitAsync(SetOutcome.Failed, null, Token);
        }

        var sets = await repository.ListSetsAsync(Token);
        Assert.Equal(3, sets.Count);
        Assert.Equal(first.Id, repository.FindParent(sets, 1)!.Set);
    }

    [Fact]
    public async Task After_a_restore_in_place_the_restored_set_is_the_parent_until_a_newer_one_stores_the_owner()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        var second = await BackupAsync(repository, 1, first.Part(1), [Noise(2, 10)]);
        await BackupAsync(repository, 2, null, [Noise(2, 10)]);
        await RestoreAsync(repository, first, changesParent: false);
        Assert.Equal(second.Id, repository.FindParent(await repository.ListSetsAsync(Token), 1)!.Set);
        var record = await RestoreAsync(repository, first, changesParent: true);
        Assert.Equal((2L, 3L), (record.Number, record.Sequence));

        await using var again = await BackupRepository.OpenAsync(storage, Inline(seed: 9), Token);
        Assert.Equal(first.Id, again.FindParent(await again.ListSetsAsync(Token), 1)!.Set);
        await BackupAsync(again, 2, null, [Noise(3, 10)]);
        Assert.Equal(first.Id, again.FindParent(await again.ListSetsAsync(Token), 1)!.Set);
        var third = await BackupAsync(again, 1, first.Part(1), [Noise(4, 10)]);
        Assert.Equal(third.Id, again.FindParent(await again.ListSetsAsync(Token), 1)!.Set);
        Assert.Equal([first.Id, third.Id], again.ResolveChain(third.Parts[0]).Select(static part => part.Set));
    }

    [Fact]
    public async Task A_restore_is_pending_until_its_last_owner_has_finished()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var set = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using var held = await repository.LockForWritingAsync("a test", Token);
        var record = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Time = Start, Owners = [Owner(set, 1), Owner(set, 2)] }, Token);
        Assert.Equal([5, 6], Assert.Single(await repository.Restores.ListPendingAsync(Token)).Owners[1].Drives[0].Token.ToArray());
        await repository.Restores.CompleteOwnerAsync(held, record, 1, Token);
        var half = Assert.Single(await repository.Restores.ListPendingAsync(Token));
        Assert.Equal([true, false], half.Owners.Select(static owner => owner.Completed));
        Assert.Equal([0, 2], half.Owners.Select(static owner => owner.Drives[0].Token.Length));
        var done = await repository.Restores.CompleteOwnerAsync(held, record, 2, Token);
        Assert.True(done.Completed);
        Assert.Empty(await repository.Restores.ListPendingAsync(Token));
        RestoreRecord listed = Assert.Single(await repository.Restores.ListAsync(Token), static restore => restore.Completed);
        Assert.Equal([true, true], listed.Owners.Select(static owner => owner.Completed));
        await repository.Restores.CompleteOwnerAsync(held, record, 1, Token);
        await Assert.ThrowsAsync<ArgumentException>(async () => await repository.Restores.CompleteOwnerAsync(held, record, 3, Token));
        await Assert.ThrowsAsync<ArgumentException>(async () => await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [] }, Token));
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task A_later_restore_of_an_owner_replaces_an_earlier_one_that_is_not_complete()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet set = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        RestoreRecord earlier = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [Owner(set, 1), Owner(set, 2)] }, Token);
        RestoreRecord later = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [Owner(set, 1)] }, Token);

        IReadOnlyList<RestoreRecord> pending = await repository.Restores.ListPendingAsync(Token);
        Assert.Equal([(earlier.Number, 1u, true), (earlier.Number, 2u, false), (later.Number, 1u, false)], pending.SelectMany(r => r.Owners.Select(o => (r.Number, o.Sid, o.Completed))));

        await repository.Restores.CompleteOwnerAsync(held, later, 1, Token);
        await repository.Restores.CompleteOwnerAsync(held, pending[0], 2, Token);
        Assert.Empty(await repository.Restores.ListPendingAsync(Token));
    }

    [Fact]
    public async Task While_a_restore_record_cannot_be_read_only_a_base_is_possible()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await RestoreAsync(repository, first, changesParent: true);
        var path = storage.Files().Single(static file => file.Path.StartsWith("restores/", StringComparison.Ordinal)).Path;
        BackupSetWriterTests.Flip(storage, path, 80);
        var sets = await repository.ListSetsAsync(Token);
        Assert.Equal("repository", Assert.Single(sets.Problems).Set);
        Assert.Null(repository.FindParent(sets, 1));
        var second = await BackupAsync(repository, 1, null, [Noise(2, 10)]);
        Assert.Equal(second.Id, repository.FindParent(await repository.ListSetsAsync(Token), 1)!.Set);
    }

    [Fact]
    public async Task A_part_of_another_owner_is_not_a_parent()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        NewOwnerPart child = new() { Name = "two", Sid = 2, Parent = first.Part(1) };
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.BeginPartAsync(child, Token));
        var error = Assert.Throws<RepositoryException>(() => repository.OpenStream(first.Parts[0], 3, StreamKind.Data));
        Assert.Equal(RepositoryFailure.NoSuchOwner, error.Failure);
    }

    private static RestoreOwner Owner(BackupSet set, uint sid, bool changesParent = true) => new()
    {
        Name = $"owner-{sid}",
        Sid = sid,
        Set = set.Id,
        Drives = [new RestoreDrive(DriveC, new byte[] { 5, 6 })],
        ChangesParent = changesParent,
    };

    private static async Task<RestoreRecord> RestoreAsync(BackupRepository repository, BackupSet set, bool changesParent)
    {
        await using var held = await repository.LockForWritingAsync("a test", Token);
        var record = await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [Owner(set, 1, changesParent)] }, Token);
        return await repository.Restores.CompleteOwnerAsync(held, record, 1, Token);
    }
}
