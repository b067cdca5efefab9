using Conn.Repository.Checks;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>A verification finds every changed byte and every changed length of every file.</summary>
public sealed class DetectionTests
{
    [Fact]
    public async Task Every_flipped_byte_of_every_file_is_found_and_named()
    {
        var storage = await SmallAsync();
        Assert.Empty((await VerifyAsync(storage)).Problems);
        var files = storage.Files();
        Assert.InRange(files.Sum(static file => file.Bytes), 8_000, 64 << 10);
        foreach (var (path, length) in files)
        {
            var good = storage.Read(path);
            for (var at = 0; at < length; at++)
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= (byte)(1 << (at % 8));
                storage.Put(path, bad);
                await RequireFoundAsync(storage, path, $"byte {at} flipped");
            }

            storage.Put(path, good);
        }

        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task Every_file_cut_at_any_length_is_found_and_named()
    {
        var storage = await SmallAsync();
        foreach (var (path, length) in storage.Files())
        {
            var good = storage.Read(path);
            for (var cut = 0; cut < length; cut++)
            {
                storage.Put(path, good[..cut]);
                await RequireFoundAsync(storage, path, $"cut at {cut}");
            }

            storage.Put(path, [.. good, 0]);
            await RequireFoundAsync(storage, path, "one byte longer");
            storage.Put(path, good);
        }
    }

    [Fact]
    public async Task Every_missing_file_and_every_missing_set_is_found_and_named()
    {
        var storage = await SmallAsync();
        foreach (var (path, length) in storage.Files())
        {
            var good = storage.Read(path);
            storage.Put(path, null);
            if (path == "lock")
            {
                // The file is empty, and the next writer creates it: this is a note.
                Assert.Equal(0, length);
                Assert.NotEmpty((await VerifyAsync(storage)).Notes);
            }
            else if (path == "lock.create")
            {
                // Only a creation needs it, and a creation makes it.
                Assert.Equal(0, length);
                Assert.Empty((await VerifyAsync(storage)).Problems);
            }
            else
            {
                await RequireFoundAsync(storage, path, "missing");
            }

            storage.Put(path, good);
        }

        foreach (var set in (await storage.ListAsync("sets", Token))!)
        {
            await storage.RenameAsync("sets/" + set.Name, "elsewhere", Token);
            var report = await VerifyAsync(storage);
            Assert.Contains(report.Problems, problem => problem.Set == set.Name[9..]);
            await storage.RenameAsync("elsewhere", "sets/" + set.Name, Token);
        }
    }

    [Fact]
    public async Task Files_and_folders_of_other_programs_are_notes_and_the_next_writer_leaves_them_alone()
    {
        var storage = await SmallAsync();
        string set = "sets/" + (await storage.ListAsync("sets", Token))![0].Name;
        string[] folders = ["", "sets/", set + "/", "restores/"];
        string[] foreign = [.. folders.Select(static f => f + ".DS_Store"), .. folders[1..].Select(static f => f + "@eaDir/index")];
        foreach (string path in foreign)
        {
            if (path.Contains("@eaDir", StringComparison.Ordinal))
            {
                await storage.CreateFolderAsync(path[..path.LastIndexOf('/')], Token);
            }

            storage.Put(path, [1, 2, 3]);
        }

        var report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Equal(foreign.Length, report.Notes.Count(static note => note.Contains("is not part of the", StringComparison.Ordinal)));

        await using var repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
        Assert.Empty((await repository.ListSetsAsync(Token)).Problems);
        await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        Assert.All(foreign, path => Assert.Contains(storage.Files(), file => file.Path == path));
    }

    [Fact]
    public async Task A_sample_reads_its_share_finds_what_is_missing_and_finds_damage_sooner_or_later()
    {
        TearingStorage storage = await SmallAsync();
        string[] files = [.. storage.Files().Where(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)).Select(static file => file.Path)];
        RepositoryOptions options = Inline();
        VerifyReport clean = await SampleAsync();
        Assert.Empty(clean.Problems);
        Assert.Contains($"A sample: {(files.Length + 2) / 3} of {files.Length} segment files", Assert.Single(clean.Notes), StringComparison.Ordinal);
        byte[] good = storage.Read(files[0]);
        byte[] bad = [.. good];
        bad[^1] ^= 1;
        storage.Put(files[0], bad);
        int found = 0;
        for (int i = 0; i < 60; i++)
        {
            found += (await SampleAsync()).Problems.Count > 0 ? 1 : 0;
        }

        Assert.InRange(found, 5, 55);
        storage.Put(files[0], null);
        Assert.NotEmpty((await SampleAsync()).Problems);

        async Task<VerifyReport> SampleAsync() => await RepositoryVerifier.VerifyAsync(storage, options, samplePercent: 33, cancellationToken: Token);
    }

    [Fact]
    public async Task Two_swapped_files_of_a_set_are_found()
    {
        var storage = await SmallAsync();
        var files = storage.Files().Where(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)).ToList();
        var (one, two) = (storage.Read(files[0].Path), storage.Read(files[1].Path));
        storage.Put(files[0].Path, two);
        storage.Put(files[1].Path, one);
        await RequireFoundAsync(storage, files[0].Path, "swapped");
    }

    [Fact]
    public async Task A_restore_of_a_damaged_part_fails_and_an_undamaged_one_does_not()
    {
        var storage = await SmallAsync();
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
        var set = (await repository.ListSetsAsync(Token))[0];
        var path = $"sets/00000001-{set.Id}/0000-000000.data";
        var good = storage.Read(path);
        for (var at = 0; at < good.Length; at += 7)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 4;
            storage.Put(path, bad);
            var error = await Assert.ThrowsAsync<RepositoryException>(async () =>
            {
                await ReadAsync(repository, set.Parts[0], Sets.StreamKind.Data);
                await ReadAsync(repository, set.Parts[0], Sets.StreamKind.Snapshot);
            });
            Assert.Equal((RepositoryFailure.Damaged, set.Id.Text), (error.Failure, error.Set));
        }

        Assert.Single(await ReadAsync(repository, set.Parts[1], Sets.StreamKind.Data));
    }

    [Fact]
    public async Task One_damaged_manifest_does_not_hide_the_other_sets()
    {
        var storage = await SmallAsync();
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
        var all = await repository.ListSetsAsync(Token);
        BackupSetWriterTests.Flip(storage, $"sets/00000001-{all[0].Id}/manifest", 100);
        var listed = await repository.ListSetsAsync(Token);
        Assert.Equal(all.Skip(1).Select(static set => set.Id), listed.Select(static set => set.Id));
        Assert.Equal(all[0].Id.Text, Assert.Single(listed.Problems).Set);
        var error = Assert.Throws<RepositoryException>(() => repository.ResolveChain(listed[0].Parts[0]));
        Assert.Equal(RepositoryFailure.ChainBroken, error.Failure);
        Assert.Contains((await VerifyAsync(storage)).Problems, problem => problem.Set == listed[0].Id.Text && problem.Owner == "owner-1");
    }

    [Fact]
    public async Task A_repository_whose_index_is_lost_lists_its_sets_and_the_next_writer_rebuilds_it()
    {
        foreach (var lost in new byte[]?[] { null, [], Noise(1, 500) })
        {
            var storage = await SmallAsync();
            storage.Put("index", lost);
            await using var repository = await BackupRepository.OpenAsync(storage, Inline(seed: 5), Token);
            var sets = await repository.ListSetsAsync(Token);
            Assert.Equal(3, sets.Count);
            Assert.Equal("repository", Assert.Single(sets.Problems).Set);
            await using (var held = await repository.LockForWritingAsync("a test", Token))
            {
                Assert.Contains("rebuilt", Assert.Single(held.Notes), StringComparison.Ordinal);
            }

            Assert.Empty((await VerifyAsync(storage)).Problems);
            Assert.Single(await repository.Restores.ListPendingAsync(Token));
            Assert.Equal(4, (await BackupAsync(repository, 1, null, [])).Sequence);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_set_or_restore_with_the_same_number_is_a_problem_and_the_next_writer_still_works(bool indexIsLost)
    {
        TearingStorage storage = await SmallAsync();
        IndexRecord index = IndexRecord.Open(storage.Read("index"));
        long sequence = indexIsLost ? index.LastSequence : index.LastSequence + 1;
        long number = indexIsLost ? index.LastRestore : index.LastRestore + 1;
        string path = storage.Files().Single(static file => file.Path.StartsWith("restores/", StringComparison.Ordinal)).Path;
        RestoreRecord restore = StoredRestore.Open(storage.Read(path)).Restore;
        foreach (uint random in new uint[] { 1, 2 })
        {
            SetId id = SetId.Create(Start.AddYears(1), random);
            await storage.CreateFolderAsync(RepositoryLayout.SetFolder(sequence, id), Token);
            BackupSet set = new() { Id = id, Sequence = sequence, Time = Start, Outcome = SetOutcome.Succeeded, Parts = [] };
            storage.Put(RepositoryLayout.SetFolder(sequence, id) + "/manifest", new ManifestRecord(index.RepositoryId, set).Seal());
            storage.Put(RepositoryLayout.RestorePath(number, id), new StoredRestore(index.RepositoryId, restore with { Id = id.Text, Number = number }).Seal());
        }

        if (indexIsLost)
        {
            storage.Put("index", null);
        }

        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 5), Token);
        Assert.Equal(sequence, (await repository.ListSetsAsync(Token))[^1].Sequence);
        BackupSet next = await BackupAsync(repository, 1, null, []);
        Assert.Equal(sequence + 1, next.Sequence);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal(sets.Count, sets.DistinctBy(static set => set.Sequence).Count());
        Assert.Equal(indexIsLost ? 4 : 2, sets.Problems.Count);
        Assert.Equal(indexIsLost ? 1 : 2, (await repository.Restores.ListAsync(Token)).Count);
    }

    private static async Task RequireFoundAsync(IRepositoryStorage storage, string path, string damage)
    {
        Checks.VerifyReport report;
        try
        {
            report = await VerifyAsync(storage);
        }
        catch (RepositoryException error)
        {
            throw new InvalidOperationException($"{path}, {damage}: verify failed instead of reporting.", error);
        }

        var expected = path.StartsWith("sets/", StringComparison.Ordinal) ? path.Split('/')[1][9..] : "repository";
        Assert.True(report.Problems.Any(problem => problem.Set == expected), $"{path}, {damage}: not found, or not named {expected}.");
    }
}
