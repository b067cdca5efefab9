using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.Encryption.RotationKit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>What a rotation seals, who knows it, and what is read without it.</summary>
public sealed class SealTests
{
    [Fact]
    public async Task Keys_that_an_older_version_rotated_open_everything_with_a_note_and_the_next_rotation_seals_it()
    {
        TearingStorage storage = await SmallAsync(Old);
        KeySlot unsealed;
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Old), Token))
        {
            unsealed = KeySlot.New(repository.Identity, SetId.Create(Start, 7), New, ((EncryptedStorage)repository.Storage).Keys.Rotated());
        }

        Assert.Equal(1, CheckedRecord.VersionOf(unsealed.Seal()));
        await storage.DeleteAsync("keys", Token);
        await storage.CreateFolderAsync("keys", Token);
        storage.Put(RepositoryLayout.KeyPath(unsealed.Id), unsealed.Seal());
        VerifyReport report = await VerifyAsync(storage, key: New);
        Assert.Equal((3, 0), (report.Sets, report.Problems.Count));
        Assert.Contains("older version", Assert.Single(report.Notes), StringComparison.Ordinal);

        TearingStorage copy = await CloneAsync(storage);
        RepositoryKey third = RepositoryKey.FromKeyFile(Noise(3, 32));
        await RotateAsync(storage, New, third);
        report = await VerifyAsync(storage, key: third);
        Assert.Equal((3, 0, 0), (report.Sets, report.Problems.Count, report.Notes.Count));
        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: New), Token);
        BackupSet forged = await BackupAsync(attacker, 1, null, [Noise(66, 100)]);
        await PutAsync(storage, copy, path => path.Contains(forged.Id.Text, StringComparison.Ordinal));
        Assert.NotEmpty((await VerifyAsync(storage, key: third)).Problems);
    }

    [Fact]
    public async Task A_key_that_is_added_after_a_rotation_knows_what_was_sealed()
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        RepositoryKey added = RepositoryKey.NewRecoveryKey(out _);
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 8, key: New), Token))
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await repository.Keys!.AddAsync(held, added, Token);
        }

        Assert.Empty((await VerifyAsync(storage, key: added)).Problems);
        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token);
        await BackupAsync(attacker, 1, null, [Noise(66, 100)]);
        await PutAsync(storage, copy, static path => path.StartsWith("sets/00000004-", StringComparison.Ordinal));
        Assert.NotEmpty((await VerifyAsync(storage, key: added)).Problems);
    }

    [Fact]
    public async Task A_sealed_file_that_was_read_once_is_checked_again_at_every_read()
    {
        TearingStorage storage = new();
        byte[] content = Noise(5, 200_000);
        BackupSet set;
        await using (BackupRepository first = await CreateAsync(storage, Inline(key: Old)))
        {
            set = await BackupAsync(first, 1, null, [content]);
        }

        TearingStorage copy = await CloneAsync(storage);
        await RotateAsync(storage, Old, New);
        string path = RepositoryLayout.SetFolder(1, set.Id) + "/" + RepositoryLayout.SegmentName(0, 0);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: New), Token);
        byte[] plain = new byte[(64 << 10) * 2];
        await using (Storage.IStoredFile open = (await repository.Storage.OpenReadAsync(path, Token))!)
        {
            Assert.Equal(plain.Length, await open.ReadAsync(0, plain, Token));
        }

        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(key: Old), Token);
        copy.Put(path, null);
        await using (Storage.IStoredFileWriter writer = await attacker.Storage.CreateAsync(path, Token))
        {
            await writer.AppendAsync(Noise(6, plain.Length), Token);
            await writer.AppendAsync(Noise(6, storage.Read(path).Length - plain.Length - 48 - (4 * 16)), Token);
            await writer.FlushAsync(Token);
        }

        Assert.Equal(storage.Read(path).Length, copy.Read(path).Length);
        storage.Put(path, [.. storage.Read(path)[..48], .. copy.Read(path)[48..]]);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () =>
        {
            await using Storage.IStoredFile open = (await repository.Storage.OpenReadAsync(path, Token))!;
            await open.ReadAsync(0, plain, Token);
        });
        Assert.True(refused.IsForged);
    }

    [Fact]
    public async Task An_old_key_slot_of_the_same_secret_that_is_put_back_is_noticed_by_a_machine_that_saw_the_rotation()
    {
        using TemporaryFolder state = new();
        TearingStorage storage = await SmallAsync(Old);
        TearingStorage copy = await CloneAsync(storage);
        RepositoryOptions options = Inline(seed: 9, key: Old) with { StateFolder = state.Path };
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, options, Token))
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await repository.Keys!.RotateAsync(held, Old, Token);
        }

        await using BackupRepository rolledBack = await BackupRepository.OpenAsync(copy, options, Token);
        Assert.Equal(RepositoryFailure.Damaged, (await Assert.ThrowsAsync<RepositoryException>(async () => await rolledBack.ListSetsAsync(Token))).Failure);
        await using BackupRepository good = await BackupRepository.OpenAsync(storage, options, Token);
        Assert.Equal(3, (await good.ListSetsAsync(Token)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repository_that_was_open_during_a_rotation_has_a_wrong_key_and_is_no_old_copy(bool acceptRollback)
    {
        using TemporaryFolder state = new();
        TearingStorage storage = await SmallAsync(Old);
        RepositoryOptions options = Inline(seed: 9, key: Old) with { StateFolder = state.Path };
        await using BackupRepository open = await BackupRepository.OpenAsync(storage, options with { AcceptRollback = acceptRollback }, Token);
        await open.ListSetsAsync(Token);
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, options, Token))
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await repository.Keys!.RotateAsync(held, New, Token);
        }

        Assert.Equal(RepositoryFailure.WrongKey, (await Assert.ThrowsAsync<RepositoryException>(async () => await open.ListSetsAsync(Token))).Failure);
        RepositoryMemory memory = new(state.Path, open.RepositoryId);
        Assert.NotNull(memory.Difference(new IndexRecord(default, long.MaxValue, 0, [], [], []), 1, "memory"));
    }
}
