using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class ConcurrentReaderTests
{
    [Fact]
    public async Task A_reader_beside_a_writer_sees_complete_sets_and_no_problems()
    {
        using var folder = new TemporaryFolder();
        var storage = new FolderStorage(Path.Combine(folder.Path, "repository"));
        await using var repository = await CreateAsync(storage);
        await using var reading = await BackupRepository.OpenAsync(new FolderStorage(storage.Place), Inline(seed: 2), Token);
        const int Sets = 25;
        var writer = Task.Run(
            async () =>
            {
                OwnerPart? parent = null;
                for (var number = 0; number < Sets; number++)
                {
                    parent = (await BackupAsync(repository, 1, parent, [Noise(number, 1000)], [Noise(1, 1000)])).Part(1);
                }
            },
            Token);

        var seen = 0;
        int reads = 0;
        while (seen < Sets)
        {
            var sets = await reading.ListSetsAsync(Token);
            Assert.Empty(sets.Problems);
            Assert.Equal(Enumerable.Range(1, sets.Count).Select(static number => (long)number), sets.Select(static set => set.Sequence));
            Assert.InRange(sets.Count, seen, Sets);
            if (sets.Count > 0)
            {
                Assert.Equal([Noise(sets.Count - 1, 1000)], await ReadAsync(reading, sets[^1].Parts[0], StreamKind.Data));
                Assert.Equal(sets.Count, reading.ResolveChain(sets[^1].Parts[0]).Count);
            }

            seen = sets.Count;
            reads++;
            if (writer.IsFaulted)
            {
                await writer;
            }
        }

        await writer;
        Assert.True(reads > 1);
        var report = await VerifyAsync(storage);
        Assert.Empty(report.Problems);
        Assert.Equal(Sets, report.Sets);
    }

    [Fact]
    public async Task A_progress_observer_that_throws_leaves_the_old_sets_or_the_old_and_the_new_set()
    {
        foreach (var phase in Enum.GetValues<CommitPhase>())
        {
            using var folder = new TemporaryFolder();
            var storage = new FolderStorage(Path.Combine(folder.Path, "repository"));
            await using var repository = await CreateAsync(storage);
            await BackupAsync(repository, 1, null, [Noise(1, 1000)]);
            await Assert.ThrowsAsync<TimeoutException>(async () => await BackupAsync(repository, 1, null, [Noise(2, 1000)], progress: new Stopper(phase)));
            var sets = await repository.ListSetsAsync(Token);
            Assert.Empty(sets.Problems);
            Assert.Equal(phase < CommitPhase.Renamed ? 1 : 2, sets.Count);
            Assert.Empty((await VerifyAsync(storage)).Problems);
            Assert.Equal(sets.Count + 1, (await BackupAsync(repository, 1, null, [Noise(3, 1000)])).Sequence);
            Assert.Empty((await VerifyAsync(storage)).Notes);
        }
    }

    private sealed class Stopper(CommitPhase at) : IProgress<CommitPhase>
    {
        public void Report(CommitPhase value)
        {
            if (value == at)
            {
                throw new TimeoutException("Stopped here.");
            }
        }
    }
}
