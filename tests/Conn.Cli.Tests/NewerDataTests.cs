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
    public async Task A_restore_of_newer_data_is_refused_with_4_and_touches_nothing(string option)
    {
        await StoreNewerAsync(await _place.BackupDocsAsync());
        TreePrint before = await TreePrint.OfAsync(_place.At("home"));

        ToolResult inPlace = await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, option]);
        ToolResult beside = await _place.RestoreAsync("--to", _place.At("out"), option);

        Assert.All(new[] { inPlace.Ends(4), beside.Ends(4) }, r =>
        {
            Assert.Contains("docs in version 1", r.Errors, StringComparison.Ordinal);
            Assert.Contains("up to 0", r.Errors, StringComparison.Ordinal);
        });
        before.AssertSame(await TreePrint.OfAsync(_place.At("home")), "the home");
        Assert.False(Path.Exists(_place.At("out/docs")));
    }

    [Fact]
    public async Task The_version_is_shown_and_the_plan_of_a_best_effort_owner_leaves_it_out()
    {
        await StoreNewerAsync(await _place.BackupDocsAsync());
        JsonElement shown = (await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest", "--json")).Ends(0).Json;
        JsonElement listed = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json;

        JsonElement planned = (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--best-effort", "docs", "--dry-run", "--json"])).Ends(1).Json;

        Assert.Equal(1, shown.GetProperty("set").GetProperty("owners")[0].GetProperty("dataVersion").GetInt32());
        Assert.Equal([0, 1], listed.GetProperty("sets").EnumerateArray().Select(s => s.GetProperty("owners")[0].GetProperty("dataVersion").GetInt32()));
        JsonElement docs = planned.GetProperty("owners")[0];
        Assert.Equal(("failed", "NotSupported", 1), (docs.GetProperty("outcome").GetString(), docs.GetProperty("error").GetString(), docs.GetProperty("dataVersion").GetInt32()));
    }

    /// <summary>A base of the same owner, as its next version would store it.</summary>
    private async Task StoreNewerAsync(string of)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using BackupRepository repository = await BackupRepository.OpenAsync(new FolderStorage(_place.Repo), new RepositoryOptions(), token);
        OwnerPart now = (await repository.ListSetsAsync(token)).Find(SetId.Parse(of))!.Parts[0];
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = now.Name, Kind = now.Kind, Sid = now.Sid, DataVersion = 1 }, token);
        await (await part.OpenStreamAsync(2, StreamKind.Data, token)).CompleteAsync(token);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Grade = "ownerBase" }, token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, token);
    }
}
