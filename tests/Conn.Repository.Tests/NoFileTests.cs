using System.Diagnostics;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>A pipe or a folder where a file of the repository should be is damage, at once: nobody waits for a writer that never comes.</summary>
public sealed class NoFileTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    public async Task What_is_no_file_is_named_and_hides_no_other_set(string what)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes in folders.");
        foreach (string file in new[] { "index", "manifest", "0000-000000.data", "conn-repository" })
        {
            using TemporaryFolder folder = new();
            FolderStorage storage = new(folder.Path);
            BackupSet first;
            await using (BackupRepository repository = await CreateAsync(storage))
            {
                first = await BackupAsync(repository, 1, null, [Noise(1, 100)]);
                await BackupAsync(repository, 1, null, [Noise(2, 100)]);
            }

            string place = Path.Combine(folder.Path, file is "index" or "conn-repository" ? file : $"sets/00000001-{first.Id}/{file}");
            File.Delete(place);
            await MakeAsync(what, place);
            Assert.NotEmpty((await VerifyAsync(storage).WaitAsync(Patience, TimeProvider.System, Token)).Problems);
            if (file == "conn-repository")
            {
                Assert.Equal(RepositoryPresence.Damaged, await BackupRepository.ProbeAsync(storage, Token).AsTask().WaitAsync(Patience, TimeProvider.System, Token));
                continue;
            }

            await using BackupRepository damaged = await BackupRepository.OpenAsync(storage, Inline(), Token);
            SetList sets = await damaged.ListSetsAsync(Token).AsTask().WaitAsync(Patience, TimeProvider.System, Token);
            Assert.Equal(2, sets[^1].Sequence);
            Assert.Equal([Noise(2, 100)], await ReadAsync(damaged, sets[^1].Parts[0], StreamKind.Data));
        }
    }

    [Theory]
    [InlineData("restores")]
    [InlineData("marks")]
    [InlineData("tmp")]
    public async Task A_file_where_a_folder_should_be_is_named_and_every_set_can_be_read(string name)
    {
        using TemporaryFolder folder = new();
        FolderStorage storage = new(folder.Path);
        await using BackupRepository repository = await CreateAsync(storage);
        await BackupAsync(repository, 1, null, [Noise(1, 100)]);
        string place = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(place);
        Directory.Delete(place);
        await File.WriteAllTextAsync(place, "a file", Token);
        Assert.Contains((await VerifyAsync(storage)).Problems, problem => problem.What.Contains(place, StringComparison.Ordinal));
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Equal([Noise(1, 100)], await ReadAsync(repository, sets[0].Parts[0], StreamKind.Data));
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(async () => await repository.LockForWritingAsync("a test", Token));
        Assert.Contains("Move the file away.", refused.Message, StringComparison.Ordinal);

        File.Delete(place);
        await BackupAsync(repository, 1, null, [Noise(2, 100)]);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    private static async Task MakeAsync(string what, string place)
    {
        if (what == "folder")
        {
            Directory.CreateDirectory(place);
            return;
        }

        using Process process = Process.Start("mkfifo", [place]);
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
    }
}
