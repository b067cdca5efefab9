using Conn.Repository.Checks;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Campaigns;

/// <summary>Files are changed by somebody who knows the format. Whatever they hold, nothing but errors of a repository comes back, soon, and with bounded memory.</summary>
public sealed class CraftedRepositoryCampaign
{
    private const long MostAllocated = 512L << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Crafted_files_cause_errors_of_a_repository_only() => RunAsync(300, firstSeed: 0);

    /// <summary>The campaign: CONN_CHANGES crafted repositories, 10 000 without it, from seed CONN_SEED on.</summary>
    [Fact(Explicit = true)]
    public Task Many_crafted_files_cause_errors_of_a_repository_only() => RunAsync(CampaignNumber("CONN_CHANGES", 10_000), CampaignNumber("CONN_SEED", 1_000_000));

    private static async Task RunAsync(int repositories, int firstSeed)
    {
        StoredHistory history = await StoredHistory.WriteAsync(1, null);
        int errors = 0;
        for (int seed = firstSeed; seed < firstSeed + repositories; seed++)
        {
            TearingStorage storage = await StoredHistory.RestoreAsync(history.Newest);
            Random random = new(seed);
            string done = CraftedFile.Make(storage, random);
            long allocated = GC.GetTotalAllocatedBytes();
            long began = TimeProvider.System.GetTimestamp();
            try
            {
                errors += await UseAsync(storage, history);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}, {done}.", error);
            }

            Assert.True(GC.GetTotalAllocatedBytes() - allocated < MostAllocated, $"Seed {seed}, {done}: {GC.GetTotalAllocatedBytes() - allocated} bytes were allocated.");
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Longest, $"Seed {seed}, {done}: took {TimeProvider.System.GetElapsedTime(began)}.");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{repositories} crafted repositories, {errors} errors, 0 escapes.");
        Assert.InRange(errors, repositories / 10, int.MaxValue);
    }

    // Does everything that a user can do; returns the number of errors.
    private static async Task<int> UseAsync(TearingStorage storage, StoredHistory history)
    {
        int errors = 0;
        await TryAsync(async () =>
        {
            VerifyReport report = await VerifyAsync(storage);
            errors += report.Problems.Count > 0 ? 1 : 0;
        });
        await TryAsync(async () =>
        {
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, history.Options(), Token);
            SetList sets = await repository.ListSetsAsync(Token);
            foreach (OwnerPart part in sets.Concat(sets.Hidden).SelectMany(static set => set.Parts))
            {
                await TryAsync(async () =>
                {
                    foreach (OwnerPart link in await repository.ResolveCompleteChainAsync(part, Token))
                    {
                        foreach (DriveStreams drive in link.Drives)
                        {
                            await ReadAsync(repository, link, StreamKind.Data, drive.Drive);
                            await ReadAsync(repository, link, StreamKind.Snapshot, drive.Drive);
                        }
                    }
                });
            }

            await TryAsync(async () => await repository.Restores.ListAsync(Token));
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await TryAsync(async () => await repository.Retention.PruneAsync(held, Retention.PruneStory.LastOnly, Token));
            await TryAsync(async () => await repository.Retention.UndoAsync(held, Token));
        });
        await TryAsync(async () =>
        {
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 99), Token);
            SetList sets = await repository.ListSetsAsync(Token);
            await BackupAsync(repository, 1, repository.FindParent(sets, 1), [Noise(7, 100)], [Noise(8, 50)]);
        });
        return errors;

        async Task TryAsync(Func<Task> use)
        {
            try
            {
                await use();
            }
            catch (RepositoryException)
            {
                errors++;
            }
        }
    }
}
