using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A repository with good checksums and bad intentions: what it says about owners never leads out of the target. (Names inside a stream: the tests of
/// Conn.DataOwners.)</summary>
public sealed class HostileRepositoryTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("tmp")]
    [InlineData("sets")]
    [InlineData("restores")]
    public async Task A_folder_of_the_repository_that_is_a_link_is_refused_and_nothing_is_removed_where_it_leads(string folder)
    {
        _place.WithDocs(3);
        await _place.BackupDocsAsync();
        _place.File("victim/sub/precious");
        Directory.Move(Path.Combine(_place.Repo, folder), _place.At("moved"));
        Directory.CreateSymbolicLink(Path.Combine(_place.Repo, folder), _place.At("victim"));
        (await _place.BackupAsync(_place.DocsOwner)).Fails(6, "is a link to");
        Assert.True(File.Exists(_place.At("victim/sub/precious")));
    }

    [Fact]
    public async Task What_is_no_unfinished_set_is_left_in_the_folder_of_unfinished_sets()
    {
        _place.WithDocs(3);
        await _place.BackupDocsAsync();
        string foreign = _place.File("repo/tmp/mine/precious");
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        Assert.True(File.Exists(foreign));
    }

    [Theory]
    [InlineData("../evil", "directory")]
    [InlineData("..", "directory")]
    [InlineData("/tmp/conn-evil", "directory")]
    [InlineData("a/../../evil", "directory")]
    [InlineData("evil\nname", "directory")]
    [InlineData("good", "sqlite:../../evil.db")]
    [InlineData("good", "sqlite:/tmp/conn-evil.db")]
    [InlineData("good", "sqlite:..")]
    [InlineData("good", "sqlite:")]
    [InlineData("good", "tape")]
    public async Task Nothing_is_written_beside_the_target(string name, string kind)
    {
        await StoreAsync(name, kind);
        (await ToolRun.HereAsync("list", "--repo", _place.Repo)).Ends(0);
        (await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest")).Ends(0);
        TreePrint before = await TreePrint.OfAsync(_place.Repo);
        Directory.CreateDirectory(_place.At("a/b/out"));
        ToolResult result = await _place.RestoreAsync("--to", _place.At("a/b/out"), "--json");
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("defect", result.Errors, StringComparison.Ordinal);
        Assert.NotEqual(default, result.Json);
        Assert.Equal(["a", "repo"], Directory.EnumerateFileSystemEntries(_place.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([_place.At("a/b")], Directory.EnumerateFileSystemEntries(_place.At("a")));
        Assert.Equal([_place.At("a/b/out")], Directory.EnumerateFileSystemEntries(_place.At("a/b")));
        Assert.Empty(Directory.EnumerateFiles(_place.At("a"), "*", SearchOption.AllDirectories));
        Assert.False(Path.Exists("/tmp/conn-evil") || Path.Exists("/tmp/conn-evil.db"));
        before.AssertSame(await TreePrint.OfAsync(_place.Repo), "the repository");
    }

    private async Task StoreAsync(string name, string kind)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using BackupRepository repository = await BackupRepository.CreateAsync(new FolderStorage(_place.Repo), new RepositoryOptions(), token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = name, Kind = kind, Sid = 0x1234 }, token);
        SectionStreamWriter data = await part.OpenStreamAsync(2, StreamKind.Data, token);
        await data.WriteAsync("not the stream of any owner"u8.ToArray(), token);
        await data.CompleteAsync(token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, token);
    }
}
