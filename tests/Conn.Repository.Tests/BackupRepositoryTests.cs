using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class BackupRepositoryTests
{
    [Fact]
    public async Task A_probe_finds_nothing_before_a_creation_and_a_repository_after_it()
    {
        var storage = new TearingStorage();
        Assert.Equal(RepositoryPresence.Nothing, await BackupRepository.ProbeAsync(storage, Token));
        await storage.CreateFolderAsync("", Token);
        await storage.CreateFolderAsync("lost+found", Token);
        Assert.Equal(RepositoryPresence.Nothing, await BackupRepository.ProbeAsync(storage, Token));
        await RequireAsync(RepositoryFailure.NoRepository, async () => await BackupRepository.OpenAsync(storage, Inline(), Token));
        await RequireAsync(RepositoryFailure.NoRepository, async () => await VerifyAsync(storage));
        var created = await CreateAsync(storage);
        Assert.Equal(RepositoryPresence.Repository, await BackupRepository.ProbeAsync(storage, Token));
        Assert.Equal(32, created.RepositoryId.Length);
        Assert.Equal(created.RepositoryId, (await BackupRepository.OpenAsync(storage, Inline(), Token)).RepositoryId);
        await RequireAsync(RepositoryFailure.InUse, async () => await CreateAsync(storage));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_foreign_and_is_not_changed()
    {
        var storage = new TearingStorage();
        storage.Put("holiday.jpg", [1, 2, 3]);
        Assert.Equal(RepositoryPresence.Foreign, await BackupRepository.ProbeAsync(storage, Token));
        await RequireAsync(RepositoryFailure.Foreign, async () => await CreateAsync(storage));
        await RequireAsync(RepositoryFailure.Foreign, async () => await BackupRepository.OpenAsync(storage, Inline(), Token));
        Assert.Equal([("holiday.jpg", 3)], storage.Files());
    }

    [Fact]
    public async Task A_repository_without_its_format_file_is_damaged_and_not_empty()
    {
        foreach (var content in new byte[]?[] { null, [], "not a repository, and long enough to hold a whole header of a record"u8.ToArray() })
        {
            var storage = await SmallAsync();
            storage.Put("conn-repository", content);
            Assert.Equal(RepositoryPresence.Damaged, await BackupRepository.ProbeAsync(storage, Token));
            await RequireAsync(RepositoryFailure.Damaged, async () => await BackupRepository.OpenAsync(storage, Inline(), Token));
            await RequireAsync(RepositoryFailure.Damaged, async () => await CreateAsync(storage));
            var report = await VerifyAsync(storage);
            Assert.Equal("repository", Assert.Single(report.Problems).Set);
            Assert.Equal(3, report.Sets);
        }
    }

    [Fact]
    public async Task A_newer_format_is_distinguished_from_damage_and_nothing_is_changed()
    {
        foreach (var path in new[] { "conn-repository", "index" })
        {
            var storage = await SmallAsync();
            var bytes = storage.Read(path);
            bytes[8] = 3;
            storage.Put(path, Resealed(bytes));
            var before = storage.Files();
            await RequireAsync(RepositoryFailure.NewerFormat, async () =>
            {
                await using var repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
                await repository.LockForWritingAsync("a test", Token);
            });
            await RequireAsync(RepositoryFailure.NewerFormat, async () => await VerifyAsync(storage));
            Assert.Equal(before, storage.Files());
        }

        var unknown = await SmallAsync();
        var writer = new RecordWriter();
        writer.Array(2);
        writer.Bytes(new byte[16]);
        writer.Number(4);
        unknown.Put("conn-repository", writer.Seal(RecordKind.Format));
        await RequireAsync(RepositoryFailure.NewerFormat, async () => await BackupRepository.OpenAsync(unknown, Inline(), Token));
    }

    [Fact]
    public async Task Control_characters_of_a_damaged_holder_name_are_removed()
    {
        var storage = await SmallAsync();
        storage.Put("lock.holder", [0, 0, .. "conn\n"u8, 0]);
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(seed: 3), Token);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            Assert.Equal("The last writer (conn) was stopped before it finished.", Assert.Single(held.Notes));
        }

        storage.Put("lock.holder", [0, 0]);
        await using var again = await repository.LockForWritingAsync("a test", Token);
        Assert.Equal("The last writer (an unknown process) was stopped before it finished.", Assert.Single(again.Notes));
    }

    [Fact]
    public async Task Files_that_a_killed_writer_left_are_notes_and_the_next_writer_removes_them()
    {
        var storage = await SmallAsync();
        await storage.CreateFolderAsync("tmp/20260101T000000Z-00000000", Token);
        storage.Put("tmp/20260101T000000Z-00000000/0000-000000.data", [1]);
        storage.Put("index.new", [2]);
        storage.Put("restores/00000009-20260101T000000Z-00000000.new", [3]);
        storage.Put("lock.holder", "conn backup (pid 4711)"u8.ToArray());
        var report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Equal(3, report.Notes.Count);
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(seed: 3), Token);
        Assert.Equal(3, (await repository.ListSetsAsync(Token)).Count);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            Assert.Equal(2, held.Notes.Count);
            Assert.Contains("4711", held.Notes[0], StringComparison.Ordinal);
        }

        report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public async Task A_set_that_was_renamed_but_not_indexed_is_listed_and_added_to_the_index()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        var index = storage.Read("index");
        var second = await BackupAsync(repository, 1, null, [Noise(2, 10)]);
        storage.Put("index", index);
        Assert.Equal([1L, 2L], (await repository.ListSetsAsync(Token)).Select(static set => set.Sequence));
        var report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Contains(second.Id.Text, Assert.Single(report.Notes), StringComparison.Ordinal);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            Assert.Contains(second.Id.Text, Assert.Single(held.Notes), StringComparison.Ordinal);
        }

        Assert.Empty((await VerifyAsync(storage)).Notes);
    }

    [Fact]
    public async Task Sets_newer_than_an_index_that_was_put_back_are_all_added_to_it()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        byte[] index = storage.Read("index");
        for (int i = 0; i < 12; i++)
        {
            await BackupAsync(repository, 1, null, [Noise(i, 10)]);
        }

        storage.Put("index", index);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal((12, 0), (sets.Count, sets.Problems.Count));
        Assert.Equal(13, (await BackupAsync(repository, 1, null, [Noise(3, 10)])).Sequence);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task A_set_behind_a_gap_is_newer_than_an_index_that_was_put_back_and_its_number_is_never_taken_again()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        byte[] index = storage.Read("index");
        BackupSet[] sets = [await BackupAsync(repository, 1, null, []), await BackupAsync(repository, 1, null, []), await BackupAsync(repository, 1, null, [])];
        storage.Put("index", index);
        await storage.DeleteAsync($"sets/00000002-{sets[1].Id}", Token);
        await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
        {
            Assert.Contains(held.Notes, note => note.StartsWith("WARNING: The index is older than set " + sets[2].Id, StringComparison.Ordinal));
        }

        Assert.Equal(4, (await BackupAsync(repository, 1, null, [])).Sequence);
        SetList listed = await repository.ListSetsAsync(Token);
        Assert.Equal([1L, 3L, 4L], listed.Select(static set => set.Sequence));
        Assert.Empty(listed.Problems);
    }

    [Fact]
    public async Task The_number_of_a_damaged_set_that_an_older_index_does_not_list_is_never_taken_again()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        byte[] index = storage.Read("index");
        BackupSet set = await BackupAsync(repository, 1, null, []);
        storage.Put("index", index);
        storage.Put($"sets/00000001-{set.Id}/manifest", [1, 2, 3]);
        Assert.Equal(2, (await BackupAsync(repository, 1, null, [])).Sequence);
        Assert.Equal(3, (await BackupAsync(repository, 1, null, [])).Sequence);
    }

    [Fact]
    public async Task A_set_of_a_number_that_no_writer_gives_hides_nothing_and_stops_no_backup()
    {
        foreach (long number in new[] { long.MaxValue, 1L << 40, 1_000_000_000 })
        {
            TearingStorage storage = new();
            await using BackupRepository repository = await CreateAsync(storage);
            BackupSet first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
            await storage.CreateFolderAsync($"sets/{number}-20261123T001122Z-6f3a9c01", Token);
            storage.Put($"sets/{number}-20261123T001122Z-6f3a9c01/manifest", storage.Read($"sets/00000001-{first.Id}/manifest"));
            Assert.Equal(2, (await BackupAsync(repository, 1, null, [Noise(2, 10)])).Sequence);
            Assert.Equal(2, (await repository.ListSetsAsync(Token)).Count);
        }
    }

    [Fact]
    public async Task An_interrupted_removal_of_a_set_is_completed()
    {
        var storage = await SmallAsync();
        var index = IndexRecord.Open(storage.Read("index"));
        var gone = index.Sets[2];
        storage.Put("index", (index with { Sets = [index.Sets[0], index.Sets[1]], Removals = [new NumberedId(gone.Sequence, gone.Id)] }).Seal());
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(seed: 3), Token);
        Assert.Equal(2, (await repository.ListSetsAsync(Token)).Count);
        Assert.Empty((await VerifyAsync(storage)).Problems);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            Assert.Single(held.Notes);
        }

        Assert.DoesNotContain(storage.Files(), file => file.Path.Contains(gone.Id.Text, StringComparison.Ordinal));
        Assert.Equal(4, (await BackupAsync(repository, 1, null, [])).Sequence);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task On_a_real_folder_a_backup_is_read_back_verified_and_named_as_documented()
    {
        using var folder = new TemporaryFolder();
        var storage = new FolderStorage(Path.Combine(folder.Path, "repository"));
        await using var repository = await CreateAsync(storage, new RepositoryOptions { SegmentBytes = 1 << 20 });
        byte[][] data = [.. Enumerable.Range(0, 6).Select(static seed => Noise(seed, 400_000))];
        var first = await BackupAsync(repository, 1, null, data, [Text(1, 10_000)]);
        var second = await BackupAsync(repository, 1, first.Part(1), [], [Text(1, 10_000)]);
        Assert.Equal(data, await ReadAsync(repository, first.Parts[0], Sets.StreamKind.Data));
        Assert.Equal([Text(1, 10_000)], await ReadAsync(repository, second.Parts[0], Sets.StreamKind.Snapshot));
        var report = await VerifyAsync(storage, workers: 2);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
        Assert.True(File.Exists(Path.Combine(storage.Place, "sets", $"00000001-{first.Id}", "manifest")));
        Assert.Equal(
            ["0000-000000.data", "0000-000001.data", "0000-000002.data", "manifest"],
            Directory.GetFiles(Path.Combine(storage.Place, "sets", $"00000001-{first.Id}")).Select(Path.GetFileName).Order());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(storage.Place, "tmp")));
    }

    [Fact]
    public async Task Verifying_an_unknown_set_throws_NoSuchSet()
    {
        var storage = await SmallAsync();
        await RequireAsync(RepositoryFailure.NoSuchSet, async () => await VerifyAsync(storage, Sets.SetId.Create(Start, 1)));
    }

    private static byte[] Resealed(byte[] record)
    {
        byte[] hashed = [.. record[..24], .. record[56..]];
        System.Security.Cryptography.SHA256.HashData(hashed).CopyTo(record, 24);
        return record;
    }

    private static async Task RequireAsync(RepositoryFailure failure, Func<Task> action) =>
        Assert.Equal(failure, (await Assert.ThrowsAsync<RepositoryException>(action)).Failure);
}
