using Conn.Repository.Sets;
using Xunit;

namespace Conn.Repository.Tests;

/// <summary>The disk of an open repository goes away, or another one comes to its place: nothing is written there, and nothing is read from it.</summary>
public sealed class UnmountedTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("conn-unmounted-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, true);

    [Theory]
    [InlineData(false, RepositoryFailure.NoRepository)]
    [InlineData(true, RepositoryFailure.Foreign)]
    public async Task A_repository_that_is_not_the_one_that_was_opened_is_refused_until_it_is_back(bool another, RepositoryFailure failure)
    {
        string place = Path.Combine(_root, "repo");
        await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync(place, cancellationToken: Token);
        Directory.Move(place, Path.Combine(_root, "away"));
        Directory.CreateDirectory(place);
        if (another)
        {
            await (await BackupRepository.OpenOrCreateAsync(place, cancellationToken: Token)).DisposeAsync();
        }

        string[] before = Directory.GetFileSystemEntries(place, "*", SearchOption.AllDirectories);
        Assert.Equal(failure, (await Assert.ThrowsAsync<RepositoryException>(async () => await repository.ListSetsAsync(Token))).Failure);
        Assert.Equal(failure, (await Assert.ThrowsAsync<RepositoryException>(async () => await repository.LockForWritingAsync("a test", Token))).Failure);
        Assert.Equal(before, Directory.GetFileSystemEntries(place, "*", SearchOption.AllDirectories));

        Directory.Delete(place, true);
        Directory.Move(Path.Combine(_root, "away"), place);
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Empty(sets);
        await (await repository.LockForWritingAsync("a test", Token)).DisposeAsync();
    }
}
