using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>The names scripts rely on, in the order they are written; adding one at the end is free, changing one is not.</summary>
public sealed class JsonShapeTests : IDisposable
{
    private const string OwnerNames = "name sid required source target type outcome error retryable parent bytes storedBytes snapshotStoredBytes heldMilliseconds why notes errors dataVersion";
    private const string SetNames = "id sequence time type parent outcome copyOnly readBack bytes storedBytes host tags hidden held owners";
    private const string PartNames = "name sid kind source type outcome error parent bytes storedBytes heldMilliseconds why notes errors drives dataVersion pruned";

    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Backup()
    {
        JsonElement first = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(0).Json;
        AssertNames(first, "schemaVersion set type outcome dryRun verified readBack bytes storedBytes owners notes");
        AssertWord(first, "type", "base");
        AssertWord(first, "outcome", "succeeded");
        Assert.Contains(first.GetProperty("readBack").GetString(), (string[])["device", "cached"]);
        Assert.True(first.GetProperty("verified").GetBoolean());
        JsonElement docs = first.GetProperty("owners")[0];
        AssertNames(docs, OwnerNames);
        AssertWord(docs, "name", "docs");
        AssertWord(docs, "sid", "0x46B42B42");
        AssertWord(docs, "type", "base");
        AssertWord(docs, "outcome", "succeeded");
        Assert.Equal(JsonValueKind.Null, docs.GetProperty("error").ValueKind);
        Assert.Equal(JsonValueKind.Null, docs.GetProperty("parent").ValueKind);
        Assert.Equal(first.GetProperty("bytes").GetInt64(), Sum(first, "bytes"));
        Assert.True(Sum(first, "storedBytes") > 0 && Sum(first, "storedBytes") == first.GetProperty("storedBytes").GetInt64());

        JsonElement second = (await _place.BackupAsync([.. _place.Owners, "--json"])).Ends(0).Json;
        AssertWord(second, "type", "increment");
        Assert.All(second.GetProperty("owners").EnumerateArray(), o =>
        {
            AssertWord(o, "type", "increment");
            AssertWord(o, "parent", first.GetProperty("set").GetString()!);
        });
    }

    [Fact]
    public async Task List_is_newest_last()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync();
        string third = await _place.BackupDocsAsync("--base", "--copy-only");
        JsonElement list = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json;
        AssertNames(list, "schemaVersion sets problems");
        JsonElement[] sets = [.. list.GetProperty("sets").EnumerateArray()];
        Assert.Equal([first, second, third], sets.Select(s => s.GetProperty("id").GetString()));
        Assert.Equal([1, 2, 3], sets.Select(s => s.GetProperty("sequence").GetInt32()));
        Assert.Equal(["base", "increment", "base"], sets.Select(s => s.GetProperty("type").GetString()));
        Assert.Equal([null, first, null], sets.Select(s => s.GetProperty("parent").GetString()));
        Assert.Equal([false, false, true], sets.Select(s => s.GetProperty("copyOnly").GetBoolean()));
        Assert.All(sets, s =>
        {
            AssertNames(s, SetNames);
            AssertWord(s, "outcome", "succeeded");
            Assert.Equal(TimeSpan.Zero, s.GetProperty("time").GetDateTimeOffset().Offset);
            AssertNames(Assert.Single(s.GetProperty("owners").EnumerateArray()), PartNames);
        });
        Assert.Empty(list.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task Show_has_the_chain_of_each_owner_base_first()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync();
        JsonElement show = (await ToolRun.HereAsync("show", "--repo", _place.Repo, "latest", "--json")).Ends(0).Json;
        AssertNames(show, "schemaVersion set chains");
        AssertNames(show.GetProperty("set"), SetNames);
        AssertWord(show.GetProperty("set"), "id", second);
        JsonElement part = show.GetProperty("set").GetProperty("owners")[0];
        AssertNames(part, PartNames);
        AssertWord(part, "kind", "directory");
        AssertNames(part.GetProperty("drives")[0], "drive bytes storedBytes snapshotBytes snapshotStoredBytes");
        AssertWord(part.GetProperty("drives")[0], "drive", "C");
        Assert.Equal([first, second], show.GetProperty("chains").GetProperty("docs").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public async Task Verify_with_owners_has_their_checksums()
    {
        await _place.BackupDocsAsync();
        JsonElement verified = (await _place.VerifyAsync(_place.Owners)).Ends(0).Json;
        AssertNames(verified, "schemaVersion outcome sets sections bytes decoded problems damaged notes checksums");
        AssertWord(verified, "outcome", "succeeded");
        Assert.Equal(1, verified.GetProperty("sets").GetInt32());
        Assert.True(verified.GetProperty("sections").GetInt64() > 0 && verified.GetProperty("bytes").GetInt64() > 0);
        JsonElement[] checksums = [.. verified.GetProperty("checksums").EnumerateArray()];
        Assert.Equal(["docs", "ledger"], checksums.Select(c => c.GetProperty("owner").GetString()));
        Assert.All(checksums, c => AssertNames(c, "owner drive checksum"));

        string data = Directory.EnumerateFiles(_place.Repo, "*.data", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(data, File.ReadAllBytes(data)[..^1]);
        JsonElement problem = (await _place.VerifyAsync()).Ends(6).Json.GetProperty("problems")[0];
        AssertNames(problem, "set owner what");
    }

    [Fact]
    public async Task Restore()
    {
        string set = await _place.BackupDocsAsync();
        JsonElement restored = (await _place.RestoreAsync("--to", _place.At("out"), "--json")).Ends(0).Json;
        AssertNames(restored, "schemaVersion set outcome dryRun committed bytes owners notes missing");
        AssertWord(restored, "set", set);
        AssertWord(restored, "outcome", "succeeded");
        Assert.True(restored.GetProperty("committed").GetBoolean());
        Assert.False(restored.GetProperty("dryRun").GetBoolean());
        AssertNames(restored.GetProperty("owners")[0], OwnerNames);
        JsonElement planned = (await _place.RestoreAsync("--to", _place.At("out2"), "--dry-run", "--json")).Ends(0).Json;
        Assert.True(planned.GetProperty("dryRun").GetBoolean());
        Assert.False(planned.GetProperty("committed").GetBoolean());
    }

    [Fact]
    public async Task Init_and_errors()
    {
        JsonElement made = (await ToolRun.HereAsync("init", "--repo", _place.Repo, "--json")).Ends(0).Json;
        AssertNames(made, "schemaVersion repository created encrypted recoveryKey");
        Assert.Matches("^[0-9a-f]{32}$", made.GetProperty("repository").GetString());
        JsonElement error = (await ToolRun.HereAsync("init", "--repo", _place.Repo, "--json")).Ends(2).Json;
        AssertNames(error, "schemaVersion error");
        AssertNames(error.GetProperty("error"), "code exitCode message");
    }

    private static void AssertNames(JsonElement element, string names) => Assert.Equal(names, string.Join(' ', element.EnumerateObject().Select(p => p.Name)));

    private static void AssertWord(JsonElement element, string name, string word) => Assert.Equal(word, element.GetProperty(name).GetString());

    private static long Sum(JsonElement report, string name) => report.GetProperty("owners").EnumerateArray().Sum(o => o.GetProperty(name).GetInt64());
}
