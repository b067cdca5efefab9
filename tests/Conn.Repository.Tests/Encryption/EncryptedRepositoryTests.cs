using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Encryption;

/// <summary>An encrypted repository is one like any other for who has a key, and shows nothing and loses nothing unnoticed for who has none.</summary>
public sealed class EncryptedRepositoryTests
{
    private static readonly RepositoryKey Key = RepositoryKey.FromKeyFile(Noise(77, 32));

    [Fact]
    public async Task What_was_written_is_read_back_and_verified()
    {
        TearingStorage storage = await SmallAsync(Key);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Key), Token);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal((3, 0), (sets.Count, sets.Problems.Count));
        Assert.Equal([Text(3, 3000), Noise(4, 2500), Noise(5, 2000), [7]], await ReadAsync(repository, sets[0].Parts[0], StreamKind.Data));
        Assert.Equal([Text(1, 600), Noise(9, 200)], await ReadAsync(repository, sets[1].Parts[0], StreamKind.Snapshot));
        RestoreRecord restore = Assert.Single(await repository.Restores.ListPendingAsync(Token));
        Assert.Equal("owner-1", restore.Owners[0].Name);
        VerifyReport report = await RepositoryVerifier.VerifyAsync(repository, cancellationToken: Token);
        Assert.Empty(report.Problems);
        Assert.Equal((3, 10), (report.Sets, report.Sections));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3 * 1024 * 1024)]
    public async Task Every_length_is_read_back_at_every_offset(int bytes)
    {
        TearingStorage below = new();
        EncryptedStorage storage = new(below, new MasterKeys(new Hash128(0, 5), []).Rotated());
        byte[] content = Noise(bytes, bytes);
        await using (IStoredFileWriter writer = await storage.CreateAsync("index", Token))
        {
            for (int at = 0; at < bytes;)
            {
                int count = Math.Min(bytes - at, 1 + (at * 7 % 100_000));
                await writer.AppendAsync(content.AsMemory(at, count), Token);
                at += count;
            }

            await writer.FlushAsync(Token);
        }

        Assert.Equal(bytes, (await storage.ListAsync("", Token))!.Single(static entry => entry.Name == "index").Bytes);
        await using IStoredFile file = (await storage.OpenReadAsync("index", Token))!;
        Assert.Equal(bytes, file.Bytes);
        Random random = new(bytes);
        for (int i = 0; i < 200; i++)
        {
            int offset = random.Next(bytes + 2);
            byte[] read = new byte[random.Next(i % 3 == 0 ? bytes + 2 : 200)];
            int count = await file.ReadAsync(offset, read, Token);
            Assert.Equal(Math.Max(0, Math.Min(read.Length, bytes - offset)), count);
            Assert.True(content.AsSpan(Math.Min(offset, bytes), count).SequenceEqual(read.AsSpan(0, count)));
        }
    }

    [Fact]
    public async Task A_flipped_byte_of_a_manifest_hides_no_other_set()
    {
        TearingStorage storage = await SmallAsync(Key);
        string manifest = storage.Files().First(static file => file.Path.EndsWith("/manifest", StringComparison.Ordinal)).Path;
        byte[] good = storage.Read(manifest);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Key), Token);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x41;
            storage.Put(manifest, bad);
            SetList sets = await repository.ListSetsAsync(Token);
            Assert.Equal((2, RepositoryFailure.Damaged), (sets.Count, Assert.Single(sets.Problems).Failure));
        }
    }

    [Fact]
    public async Task Every_flipped_byte_of_every_file_is_found_and_named_with_the_key_and_without_it()
    {
        TearingStorage storage = await SmallAsync(Key);
        Assert.Empty((await VerifyAsync(storage, key: Key)).Problems);
        Assert.Empty((await VerifyAsync(storage)).Problems);
        foreach ((string path, long length) in storage.Files())
        {
            byte[] good = storage.Read(path);
            // Every byte of the header and the first frame's beginning; behind it one cipher text is like another.
            for (int at = 0; at < length; at += at < 100 ? 1 : 31)
            {
                byte[] bad = (byte[])good.Clone();
                bad[at] ^= (byte)(1 << (at % 8));
                storage.Put(path, bad);
                await RequireFoundAsync(storage, path, $"byte {at} of {path} flipped");
            }

            storage.Put(path, good);
        }

        Assert.Empty((await VerifyAsync(storage, key: Key)).Problems);
    }

    [Fact]
    public async Task Every_file_that_was_cut_or_removed_is_found()
    {
        TearingStorage storage = await SmallAsync(Key);
        foreach ((string path, long length) in storage.Files().Where(static file => file.Bytes > 0))
        {
            byte[] good = storage.Read(path);
            for (int cut = 0; cut < length; cut += 29)
            {
                storage.Put(path, good[..cut]);
                await RequireFoundAsync(storage, path, $"{path} cut at {cut}");
            }

            storage.Put(path, [.. good, 0]);
            await RequireFoundAsync(storage, path, $"{path} one byte longer");
            storage.Put(path, null);
            if (!path.StartsWith("keys/", StringComparison.Ordinal))
            {
                await RequireFoundAsync(storage, path, $"{path} missing");
            }

            storage.Put(path, good);
        }
    }

    [Fact]
    public async Task Any_two_files_that_were_exchanged_are_found()
    {
        TearingStorage storage = await SmallAsync(Key);
        string[] files = [.. storage.Files().Where(static file => file.Bytes > 0).Select(static file => file.Path)];
        foreach (string one in files)
        {
            foreach (string two in files.Where(other => string.CompareOrdinal(one, other) < 0))
            {
                (byte[] first, byte[] second) = (storage.Read(one), storage.Read(two));
                storage.Put(one, second);
                storage.Put(two, first);
                Assert.True(await IsFoundAsync(storage, Key), $"{one} and {two} exchanged");
                storage.Put(one, first);
                storage.Put(two, second);
            }
        }
    }

    [Fact]
    public async Task No_name_and_no_content_lies_in_the_clear()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, Inline(key: Key));
        byte[] secret = "the words that nobody may read, the words that nobody may read"u8.ToArray();
        await BackupAsync(repository, 1, null, [secret, Noise(1, 70_000)], [secret]);
        foreach ((string path, _) in storage.Files())
        {
            byte[] stored = storage.Read(path);
            Assert.False(stored.AsSpan().IndexOf("owner-1"u8) >= 0, path);
            Assert.False(stored.AsSpan().IndexOf("nobody"u8) >= 0, path);
        }
    }

    [Fact]
    public async Task The_same_data_is_stored_as_other_bytes_each_time()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, Inline(key: Key));
        BackupSet one = await BackupAsync(repository, 1, null, [Noise(1, 5000)]);
        BackupSet two = await BackupAsync(repository, 1, null, [Noise(1, 5000)]);
        byte[] first = storage.Read($"sets/00000001-{one.Id}/0000-000000.data");
        byte[] second = storage.Read($"sets/00000002-{two.Id}/0000-000000.data");
        Assert.Equal(first.Length, second.Length);
        Assert.InRange(first.Zip(second).Count(static pair => pair.First == pair.Second), 0, 200);
    }

    [Fact]
    public async Task Without_the_key_or_with_another_one_nothing_opens_and_a_damaged_slot_is_said_to_be_one()
    {
        TearingStorage storage = await SmallAsync(Key);
        foreach (RepositoryKey? wrong in new[] { null, RepositoryKey.FromKeyFile(Noise(78, 32)), RepositoryKey.NewRecoveryKey(out _) })
        {
            RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupRepository.OpenAsync(storage, Inline(key: wrong), Token));
            Assert.Equal(RepositoryFailure.WrongKey, refused.Failure);
        }

        string slot = Assert.Single(storage.Files(), static file => file.Path.StartsWith("keys/", StringComparison.Ordinal)).Path;
        byte[] bytes = storage.Read(slot);
        bytes[^1] ^= 1;
        storage.Put(slot, bytes);
        RepositoryException damaged = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupRepository.OpenAsync(storage, Inline(key: Key), Token));
        Assert.Equal(RepositoryFailure.Damaged, damaged.Failure);
    }

    [Fact]
    public async Task A_repository_that_is_not_encrypted_is_refused_when_a_key_is_given()
    {
        TearingStorage storage = await SmallAsync();
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupRepository.OpenAsync(storage, Inline(key: Key), Token));
        Assert.Equal(RepositoryFailure.WrongKey, refused.Failure);
        Assert.Contains("not encrypted", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_copy_of_the_whole_repository_is_noticed_by_a_machine_that_saw_a_newer_one_and_can_be_accepted()
    {
        using TemporaryFolder state = new();
        TearingStorage storage = await SmallAsync(Key);
        (string Path, byte[] Content)[] copy = [.. storage.Files().Select(file => (file.Path, storage.Read(file.Path)))];
        RepositoryOptions options = Inline(seed: 9, key: Key) with { StateFolder = state.Path };
        await using (BackupRepository repository = await BackupRepository.OpenAsync(storage, options, Token))
        {
            await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        }

        await storage.DeleteAsync("sets", Token);
        foreach (string folder in copy.Select(static file => file.Path).Where(static path => path.StartsWith("sets/", StringComparison.Ordinal))
            .Select(static path => path[..path.LastIndexOf('/')]).Distinct().Prepend("sets"))
        {
            await storage.CreateFolderAsync(folder, Token);
        }

        foreach ((string path, byte[] content) in copy)
        {
            storage.Put(path, content);
        }

        await using BackupRepository old = await BackupRepository.OpenAsync(storage, options, Token);
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await old.ListSetsAsync(Token));
        Assert.Equal(RepositoryFailure.Damaged, refused.Failure);
        await using (BackupRepository accepted = await BackupRepository.OpenAsync(storage, options with { AcceptRollback = true }, Token))
        {
            Assert.Equal(3, (await accepted.ListSetsAsync(Token)).Count);
        }

        Assert.Equal(3, (await old.ListSetsAsync(Token)).Count);
    }

    [Fact]
    public async Task A_set_in_the_place_of_another_one_is_noticed_although_index_and_manifest_agree()
    {
        TearingStorage storage = await SmallAsync(Key);
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(key: Key), Token);
        SetList sets = await repository.ListSetsAsync(Token);
        byte[] index = storage.Read("index");
        EncryptedStorage encrypted = (EncryptedStorage)repository.Storage;
        IndexRecord listed = IndexRecord.Open((await RecordFile.ReadAsync(encrypted, "index", Token))!);
        ManifestRecord other = new(listed.RepositoryId, sets[0] with { Host = "another" });
        string folder = RepositoryLayout.SetFolder(1, sets[0].Id);
        await storage.DeleteAsync(folder + "/manifest", Token);
        byte[] manifest = await RecordFile.WriteAsync(encrypted, folder + "/manifest", other, Token);
        await RecordFile.PrepareAsync(
            encrypted, "index", listed with { Sets = [listed.Sets[0] with { ManifestSha = CheckedRecord.ShaOf(manifest) }, .. listed.Sets.Skip(1)] }, Token);
        await RecordFile.PlaceAsync(encrypted, "", "index", Token);
        Assert.Contains((await repository.ListSetsAsync(Token)).Problems, static problem => problem.What.Contains("another one is in its place", StringComparison.Ordinal));
    }

    private static async Task RequireFoundAsync(TearingStorage storage, string path, string what)
    {
        Assert.True(await IsFoundAsync(storage, Key), what);

        // Without a key only what the sums cover can be checked, and what is stored in the clear.
        if (path.StartsWith("sets/", StringComparison.Ordinal) || path.StartsWith("keys/", StringComparison.Ordinal))
        {
            Assert.True(await IsFoundAsync(storage, null), what + ", without the key");
        }
    }

    private static async Task<bool> IsFoundAsync(TearingStorage storage, RepositoryKey? key)
    {
        try
        {
            return (await VerifyAsync(storage, key: key)).Problems.Count > 0;
        }
        catch (RepositoryException error)
        {
            return error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NewerFormat or RepositoryFailure.WrongKey;
        }
    }
}
