using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Suites;
using Xunit;

namespace Conn.Repository.Tests;

public sealed class FolderStorageTests : RepositoryStorageSuite, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Folders_are_0700_and_files_0600()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no permission bits.");
            return;
        }

        var storage = (FolderStorage)Create();
        await storage.CreateFolderAsync("", RepositoryKit.Token);
        await storage.CreateFolderAsync("sets", RepositoryKit.Token);
        await (await storage.CreateAsync("sets/file", RepositoryKit.Token)).DisposeAsync();
        const UnixFileMode Folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Folder, File.GetUnixFileMode(storage.Place));
        Assert.Equal(Folder, File.GetUnixFileMode(Path.Combine(storage.Place, "sets")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(storage.Place, "sets", "file")));
    }

    [Fact]
    public async Task A_file_system_in_memory_never_reports_a_read_from_the_device()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no file system in memory here.");
        var folder = Directory.CreateDirectory($"/dev/shm/conn-{Guid.NewGuid():N}");
        try
        {
            var storage = new FolderStorage(folder.FullName);
            await using (var writer = await storage.CreateAsync("file", RepositoryKit.Token))
            {
                await writer.AppendAsync(new byte[100_000], RepositoryKit.Token);
                await writer.FlushAsync(RepositoryKit.Token);
            }

            await using var file = await storage.OpenReadAsync("file", RepositoryKit.Token);
            Assert.Equal(ReadBack.Cached, await file!.DropCacheAsync(RepositoryKit.Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_foreign()
    {
        var path = Path.Combine(_folder.Path, "plain");
        await File.WriteAllTextAsync(path, "x", RepositoryKit.Token);
        var error = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupRepository.ProbeAsync(new FolderStorage(path), RepositoryKit.Token));
        Assert.Equal(RepositoryFailure.Foreign, error.Failure);
    }

    [Theory]
    [InlineData(28, RepositoryFailure.DiskFull)]
    [InlineData(122, RepositoryFailure.DiskFull)]
    [InlineData(30, RepositoryFailure.NotPermitted)]
    [InlineData(5, RepositoryFailure.Io)]
    public void Error_numbers_of_the_system_are_mapped_to_failures(int number, RepositoryFailure failure)
    {
        Assert.Equal(failure, StorageErrors.Typed("write", "file", new IOException("it failed", number)).Failure);
        Assert.Equal(RepositoryFailure.NotPermitted, StorageErrors.Typed("write", "file", new UnauthorizedAccessException("no")).Failure);
    }

    protected override IRepositoryStorage Create() => new FolderStorage(Path.Combine(_folder.Path, "repository"));

    protected override IRepositoryStorage Another(IRepositoryStorage storage) => new FolderStorage(storage.Place);
}
