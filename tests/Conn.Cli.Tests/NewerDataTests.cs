using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A set that a newer version of an owner made.</summary>
public sealed class NewerDataTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("--dry-run")]
    [InlineData("--json")]
    public async Task Data_of_any_version_is_given_back_and_the_version_is_said(string option)
    {
        string first = await _place.BackupDocsAsync();
        TreePrint then = await TreePrint.OfAsync(_place.Docs);
        await StoreAgainAsync(first, 3);

        ToolResult inPlace = await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, option]);
        ToolResult beside = await _place.RestoreAsync("--to", _place.At("out"), option);

        Assert.All(new[] { inPlace.Ends(0), beside.Ends(0) }, r => Assert.Contains("version 3", r.Output + r.Errors, StringComparison.Ordinal));
        then.AssertSame(await TreePrint.OfAsync(_place.Docs), "the docs");
        Assert.Equal(option != "--dry-run", Path.Exists(_place.At("out/docs")));
    }

    [Fact]
    public async Task The_version_is_shown()
    {
        await StoreAgainAsync(await _place.BackupDocsAsync(), 1);
        JsonElement shown = (await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest", "--json")).Ends(0).Json;
        JsonElement listed = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json;

        JsonElement planned = (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--dry-run", "--json"])).Ends(0).Json;

        Assert.Equal(1, shown.GetProperty("set").GetProperty("owners")[0].GetProperty("dataVersion").GetInt32());
        Assert.Equal([0, 1], listed.GetProperty("sets").EnumerateArray().Select(s => s.GetProperty("owners")[0].GetProperty("dataVersion").GetInt32()));
        Assert.Equal(1, planned.GetProperty("owners")[0].GetProperty("dataVersion").GetInt32());
    }

    /// <summary>The same base once more, as a program would store it that has a version for its data.</summary>
    private async Task StoreAgainAsync(string of, uint version)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using BackupRepository repository = await BackupRepository.OpenAsync(new FolderStorage(_place.Repo), new RepositoryOptions(), token);
        OwnerPart now = (await repository.ListSetsAsync(token)).Find(SetId.Parse(of))!.Parts[0];
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = now.Name, Kind = now.Kind, Sid = now.Sid, DataVersion = version }, token);
        foreach (byte drive in now.Drives.Select(d => d.Drive))
        {
            SectionStreamWriter to = await part.OpenStreamAsync(drive, StreamKind.Data, token);
            await using SectionStreamReader from = repository.OpenStream(now, drive, StreamKind.Data);
            while (await from.ReadAsync(token) is { } section)
            {
                await to.WriteAsync(section, token);
            }

            await to.CompleteAsync(token);
        }

        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, token);
    }
}
