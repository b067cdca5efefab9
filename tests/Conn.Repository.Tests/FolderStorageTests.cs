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
    public async Task What_root_writes_into_a_repository_of_another_user_can_be_used_by_that_user()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root of Linux can write for another user.");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "There is no setpriv here.");
        var place = Path.Combine(_folder.Path, "served");
        Assert.Equal("", await RunAsync("sh", "-c", $"chmod 755 '{_folder.Path}' && mkdir -m 700 '{place}' && chown 65534:65533 '{place}'"));
        await using (BackupRepository repository = await BackupRepository.OpenOrCreateAsync(place, null, RepositoryKit.Token))
        {
            await RepositoryKit.BackupAsync(repository, 1, null, ["data"u8.ToArray()], null);
        }

        Assert.Equal("", await RunAsync("find", place, "(", "!", "-user", "65534", "-o", "!", "-group", "65533", ")"));
        Assert.Equal("", await RunAsync("setpriv", "--reuid=65534", "--regid=65533", "--clear-groups", "sh", "-c",
            $"cat '{place}/index' '{place}'/sets/*/* > /dev/null && : >> '{place}/lock' && mkdir '{place}/tmp/mine'"));
    }

    [Fact]
    public async Task An_error_names_the_path_once()
    {
        var storage = (FolderStorage)Create();
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await storage.CreateAsync("missing/file", RepositoryKit.Token));
        string path = Path.Combine(storage.Place, "missing/file");
        Assert.Equal(error.Message.IndexOf(path, StringComparison.Ordinal), error.Message.LastIndexOf(path, StringComparison.Ordinal));
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Runs a program; the result is all that it said.</summary>
    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(RepositoryKit.Token);
        var said = await process.StandardOutput.ReadToEndAsync(RepositoryKit.Token) + await errors;
        await process.WaitForExitAsync(RepositoryKit.Token);
        return said + (process.ExitCode == 0 ? "" : $" exit code {process.ExitCode}");
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
