using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Campaigns;

/// <summary>Stored files are changed at random. What is read is what was written, or an error; what a verification calls clean gives everything back; and whatever
/// the files hold, the errors are those of a repository.</summary>
public sealed class ChangedRepositoryCampaign
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Changed_files_give_what_was_written_or_an_error(bool encrypted) => RunAsync(encrypted, encrypted ? 80 : 200, firstSeed: 0);

    /// <summary>The campaign: CONN_CHANGES changes of each kind of repository, 10 000 without it, from seed CONN_SEED on.</summary>
    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public Task Many_changed_files_give_what_was_written_or_an_error(bool encrypted) =>
        RunAsync(encrypted, CampaignNumber("CONN_CHANGES", 10_000), CampaignNumber("CONN_SEED", 1_000_000));

    private static async Task RunAsync(bool encrypted, int changes, int firstSeed)
    {
        RepositoryKey? key = encrypted ? RepositoryKey.FromKeyFile(Noise(77, 32)) : null;
        StoredHistory history = await StoredHistory.WriteAsync(1, key);
        StoredHistory other = await StoredHistory.WriteAsync(2, key);
        Assert.Empty((await VerifyAsync(await StoredHistory.RestoreAsync(history.Newest), key: key)).Problems);
        int clean = 0;
        for (int seed = firstSeed; seed < firstSeed + changes; seed++)
        {
            Random random = new(seed);
            Dictionary<string, byte[]> files = new(history.Newest);
            List<string> done = [];
            for (int i = random.Next(3); i >= 0 && files.Count > 0; i--)
            {
                done.Add(StoredChange.Make(files, history, other, random));
            }

            try
            {
                clean += await IsCleanAsync(await StoredHistory.RestoreAsync(files), history) ? 1 : 0;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {string.Join("; ", done)}.", error);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{changes} changed repositories: {clean} clean and whole, {changes - clean} with problems, 0 escapes.");
        Assert.InRange(clean, 1, changes - 1);
    }

    // Reads everything that can be read; false when a problem is known.
    private static async Task<bool> IsCleanAsync(TearingStorage storage, StoredHistory history)
    {
        bool clean = await HasNoProblemAsync(storage, history.Key);
        if (history.Key is not null)
        {
            // Rot is found without a key; the change of somebody who knows the format need not be.
            await HasNoProblemAsync(storage, null);
        }

        BackupRepository repository;
        try
        {
            repository = await BackupRepository.OpenAsync(storage, history.Options(), Token);
        }
        catch (RepositoryException)
        {
            Assert.False(clean, "A repository that cannot be opened is called clean.");
            return false;
        }

        await using (repository)
        {
            SetList sets = await repository.ListSetsAsync(Token);
            foreach (BackupSet set in sets.Concat(sets.Hidden))
            {
                bool whole = await IsWholeAsync(repository, set, history);
                Assert.True(whole || !clean, $"Set {set.Sequence} cannot be read, and the repository is called clean.");
            }

            Assert.True(!clean || history.Listed.All(id => sets.Any(set => set.Id == id)), "A set is missing, and the repository is called clean.");
        }

        return clean;
    }

    private static async Task<bool> HasNoProblemAsync(TearingStorage storage, RepositoryKey? key)
    {
        try
        {
            VerifyReport report = await VerifyAsync(storage, key: key);
            return report.Problems.Count == 0;
        }
        catch (RepositoryException)
        {
            return false;
        }
    }

    private static async Task<bool> IsWholeAsync(BackupRepository repository, BackupSet set, StoredHistory history)
    {
        try
        {
            OwnerPart part = Assert.Single(set.Parts);
            foreach (OwnerPart link in await repository.ResolveCompleteChainAsync(part, Token))
            {
                foreach (StreamKind kind in (StreamKind[])[StreamKind.Data, StreamKind.Snapshot])
                {
                    Assert.True(history.Is(link.Set, kind, await ReadAsync(repository, link, kind)), $"Set {set.Sequence} gave other bytes than were written.");
                }
            }

            return true;
        }
        catch (RepositoryException)
        {
            return false;
        }
    }
}
