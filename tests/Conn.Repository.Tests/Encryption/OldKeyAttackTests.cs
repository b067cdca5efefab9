using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.Encryption.RotationKit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>An attacker has a copy of the repository from before a rotation with the key that opened it, and can write to the storage. What the attacker writes is
/// refused.</summary>
public sealed class OldKeyAttackTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_set_that_is_added_is_refused_with_the_old_index_of_its_writer_and_without_any(bool withIndex)
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        await using (BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token))
        {
            await BackupAsync(attacker, 1, null, [Noise(66, 100)]);
        }

        await PutAsync(storage, copy, static path => path.StartsWith("sets/00000004-", StringComparison.Ordinal));
        storage.Put("index", withIndex ? copy.Read("index") : null);
        SetList sets = await ListAsync(storage);
        Assert.Equal([1L, 2L, 3L], sets.Select(static set => set.Sequence));
        Assert.Contains(sets.Problems, static problem => problem is { Sequence: 4, Failure: RepositoryFailure.Damaged, IsForged: true });
        Assert.NotEmpty((await VerifyAsync(storage, key: New)).Problems);

        // The next backup is good, and what was forged stays refused.
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 6, key: New), Token);
        await BackupAsync(repository, 2, null, [Noise(1, 100)]);
        Assert.Equal([1L, 2L, 3L, 5L], (await repository.ListSetsAsync(Token)).Select(static set => set.Sequence));
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        Assert.Empty(await repository.Retention.ForgetAsync(held, SetId.Parse(sets.Problems.Single(static problem => problem.Sequence == 4).Set), Token));
        Assert.Empty((await VerifyAsync(storage, key: New)).Problems);
    }

    [Fact]
    public async Task A_set_in_the_place_of_an_old_one_is_refused()
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token);
        BackupSet second = (await attacker.ListSetsAsync(Token))[1];
        string path = RepositoryLayout.SetFolder(second.Sequence, second.Id) + "/" + RepositoryLayout.Manifest;
        copy.Put(path, null);
        await RecordFile.WriteAsync(attacker.Storage, path, new ManifestRecord(attacker.Identity, second with { Host = "forged" }), Token);
        storage.Put(path, copy.Read(path));
        storage.Put("index", null);
        SetList sets = await ListAsync(storage);
        Assert.DoesNotContain(sets, static set => set.Host == "forged");
        Assert.Contains(sets.Problems, static problem => problem is { Sequence: 2, Failure: RepositoryFailure.Damaged, IsForged: true });
    }

    [Fact]
    public async Task Every_file_that_is_encrypted_again_with_the_old_key_is_refused_although_its_content_is_right()
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token);
        string[] paths = [.. storage.Files().Select(static file => file.Path).Where(static path => path == "index" || (path.Contains('/') && !RepositoryLayout.IsClear(path)))];
        Assert.Contains(paths, static path => path.EndsWith(".data", StringComparison.Ordinal));
        Assert.Contains(paths, static path => path.StartsWith("restores/", StringComparison.Ordinal));
        Assert.Contains(paths, static path => path.StartsWith("marks/", StringComparison.Ordinal));
        foreach (string path in paths)
        {
            byte[] good = storage.Read(path);
            byte[] plain = (await RecordFile.ReadAsync(attacker.Storage, path, Token))!;
            copy.Put(path, null);
            await using (Storage.IStoredFileWriter writer = await attacker.Storage.CreateAsync(path, Token))
            {
                await writer.AppendAsync(plain, Token);
                await writer.FlushAsync(Token);
            }

            storage.Put(path, copy.Read(path));
            Assert.True((await VerifyAsync(storage, key: New)).Problems.Any(static problem => problem.What.Contains("replaced", StringComparison.Ordinal)), path);
            storage.Put(path, good);
        }

        Assert.Empty((await VerifyAsync(storage, key: New)).Problems);
    }

    [Fact]
    public async Task A_mark_that_hides_a_held_set_or_one_without_a_mark_is_refused()
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token);
        foreach (BackupSet set in (await attacker.ListSetsAsync(Token)).Take(2))
        {
            string path = RepositoryLayout.MarkPath(set.Sequence, set.Id);
            SetMark mark = new() { Set = set.Id, Sequence = set.Sequence, Kind = SetMarkKind.Hidden, Time = DateTimeOffset.UnixEpoch };
            copy.Put(path, null);
            await RecordFile.WriteAsync(attacker.Storage, path, new StoredMark(attacker.Identity, mark), Token);
        }

        await PutAsync(storage, copy, static path => path.StartsWith("marks/", StringComparison.Ordinal));
        SetList sets = await ListAsync(storage);
        Assert.Equal((3, 0, 2), (sets.Count, sets.Hidden.Count, sets.Problems.Count));
    }

    [Fact]
    public async Task A_restore_record_that_is_added_is_refused()
    {
        (TearingStorage storage, TearingStorage copy) = await RotatedAsync();
        await using (BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: Old), Token))
        {
            await using RepositoryWriterLock held = await attacker.LockForWritingAsync("an attacker", Token);
            RestoreOwner owner = new() { Name = "owner-2", Sid = 2, Set = (await attacker.ListSetsAsync(Token))[0].Id, Drives = [], ChangesParent = false };
            await attacker.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [owner] }, Token);
        }

        await PutAsync(storage, copy, static path => path.StartsWith("restores/", StringComparison.Ordinal));
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: New), Token);
        Assert.Equal("owner-1", Assert.Single(await repository.Restores.ListPendingAsync(Token)).Owners[0].Name);
        Assert.Contains((await repository.ListSetsAsync(Token)).Problems, static problem => problem.IsForged);
    }

    [Fact]
    public async Task What_was_stored_before_two_rotations_is_read_and_what_the_first_and_the_second_key_write_is_refused()
    {
        (TearingStorage storage, TearingStorage first) = await RotatedAsync();
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 7, key: New), Token))
        {
            await BackupAsync(repository, 2, null, [Noise(1, 100)]);
        }

        TearingStorage second = await CloneAsync(storage);
        RepositoryKey third = RepositoryKey.FromKeyFile(Noise(3, 32));
        await RotateAsync(storage, New, third);
        foreach ((TearingStorage copy, RepositoryKey key) in new[] { (first, Old), (second, New) })
        {
            await using BackupRepository attacker = await BackupRepository.OpenAsync(copy, Inline(seed: 5, key: key), Token);
            BackupSet forged = await BackupAsync(attacker, 1, null, [Noise(66, 100)]);
            TearingStorage attacked = await CloneAsync(storage);
            await PutAsync(attacked, copy, path => path.Contains(forged.Id.Text, StringComparison.Ordinal) || path == "index");
            await using BackupRepository read = await BackupRepository.OpenAsync(attacked, Inline(key: third), Token);
            Assert.DoesNotContain((await read.ListSetsAsync(Token)).All, set => set.Id == forged.Id);
            Assert.NotEmpty((await VerifyAsync(attacked, key: third)).Problems);
        }

        VerifyReport report = await VerifyAsync(storage, key: third);
        Assert.Equal((4, 0), (report.Sets, report.Problems.Count));
    }

    [Fact]
    public async Task A_writer_that_was_opened_before_a_rotation_writes_nothing_after_it()
    {
        TearingStorage storage = await SmallAsync(Old);
        await using BackupRepository before = await BackupRepository.OpenAsync(storage, Inline(seed: 5, key: Old), Token);
        await before.ListSetsAsync(Token);
        await RotateAsync(storage, Old, New);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await before.LockForWritingAsync("a daemon", Token));
        Assert.Equal(RepositoryFailure.WrongKey, refused.Failure);
    }
}
