using Conn.Repository.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class CreationRaceTests : IDisposable
{
    private const int Processes = 6;
    private const int Rounds = 40;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_six_that_create_at_once_one_creates_and_writes_and_the_others_find_it_in_use()
    {
        for (int round = 0; round < Rounds; round++)
        {
            string place = Path.Combine(_folder.Path, $"repository-{round}");
            using Barrier start = new(Processes);
            RepositoryFailure?[] failures = await Task.WhenAll(
                Enumerable.Range(0, Processes).Select(_ => Task.Run(() => CreateAndWriteAsync(place, start), Token)));
            Assert.Equal(1, failures.Count(static failure => failure is null));
            Assert.All(failures.Where(static failure => failure is not null), static failure => Assert.Equal(RepositoryFailure.InUse, failure));
            Assert.Empty((await VerifyAsync(new FolderStorage(place))).Problems);
        }
    }

    [Fact]
    public async Task A_creation_that_was_stopped_does_not_keep_others_from_creating()
    {
        var storage = new FolderStorage(Path.Combine(_folder.Path, "repository"));
        await storage.CreateFolderAsync("", Token);
        await (await storage.CreateAsync("lock.create", Token)).DisposeAsync();
        await using (IStorageLock? other = await storage.TryLockAsync("lock.create", Token))
        {
            Assert.NotNull(other);
            var error = await Assert.ThrowsAsync<RepositoryException>(async () => await CreateAsync(storage));
            Assert.Equal(RepositoryFailure.InUse, error.Failure);
            Assert.Equal(RepositoryPresence.Nothing, await BackupRepository.ProbeAsync(storage, Token));
        }

        await CreateAsync(storage);
    }

    // Null for success.
    private static async Task<RepositoryFailure?> CreateAndWriteAsync(string place, Barrier start)
    {
        start.SignalAndWait(Token);
        try
        {
            await using var repository = await CreateAsync(new FolderStorage(place));
            await BackupAsync(repository, 1, null, [Noise(1, 10)]);
            return null;
        }
        catch (RepositoryException error)
        {
            return error.Failure;
        }
    }
}
