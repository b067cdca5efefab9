using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 2: what was asked makes no sense. Nothing is touched.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("backup --repo R --frob")]
    [InlineData("backup")]
    [InlineData("restore --repo R")]
    [InlineData("restore --repo R --to T --in-place --dir docs=D")]
    [InlineData("backup --repo R --dir docs=D --base --increment")]
    [InlineData("show --repo R")]
    [InlineData("list --repo EMPTY")]
    [InlineData("backup --repo EMPTY --dir docs=D")]
    [InlineData("restore --repo R --to EMPTY")]
    [InlineData("backup --repo R --config EMPTY")]
    [InlineData("demo --keep EMPTY")]
    public async Task A_line_that_cannot_be_parsed_ends_with_2_and_points_to_help(string line)
    {
        ToolResult result = await ToolRun.HereAsync(Words(line));
        result.Fails(2, "--help");
        Assert.Empty(result.Output);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task The_program_itself_ends_with_the_code_and_says_one_sentence()
    {
        ToolResult result = await ToolRun.RunAsync("frobnicate");
        result.Fails(2, "frobnicate", "--help");
        Assert.Empty(result.Output);
        Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/../b")]
    [InlineData("a/b")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234X")]
    public async Task An_illegal_owner_name_ends_with_2_and_one_json_object(string name)
    {
        ToolResult result = await _place.BackupAsync("--dir", $"{name}={_place.Docs}", "--json");
        result.Fails(2, "owner name");
        AssertError(result, 2);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task A_name_of_64_characters_and_every_kind_of_them_is_legal()
    {
        string name = "A0" + new string('z', 59) + "._-";
        Assert.Equal(64, name.Length);
        ToolResult result = await _place.BackupAsync("--dir", $"{name}={_place.Docs}", "--json");
        Assert.Equal(name, result.Ends(0).Json.GetProperty("owners")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("--dir docs=D --dir docs=E", "twice")]
    [InlineData("--dir docs=D --sqlite docs=E", "twice")]
    [InlineData("--dir docs", "NAME=PATH")]
    [InlineData("--dir docs=", "NAME=PATH")]
    [InlineData("--dir =D", "NAME=PATH")]
    [InlineData("--dir docs=D --best-effort other", "other")]
    [InlineData("", "--dir")]
    public async Task Owners_that_make_no_sense_end_with_2(string owners, string says)
    {
        ToolResult result = await _place.BackupAsync([.. Words(owners), "--json"]);
        result.Fails(2, says);
        AssertError(result, 2);
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task Two_names_with_one_derived_id_end_with_2_and_both_are_named()
    {
        (string one, string other) = Twins();
        ToolResult result = await _place.BackupAsync("--dir", $"{one}={_place.Docs}", "--dir", $"{other}={_place.Docs}", "--json");
        result.Fails(2, one, other, "same id");
        AssertError(result, 2);
    }

    [Fact]
    public async Task Two_owners_configured_with_one_id_end_with_2()
    {
        string config = _place.At("owners.json");
        await File.WriteAllTextAsync(config, $$"""
            { "owners": [
                { "name": "one", "kind": "directory", "path": "{{_place.Docs}}", "sid": "0x00001234" },
                { "name": "two", "kind": "directory", "path": "{{_place.Docs}}", "sid": "0x1234" } ] }
            """, TestContext.Current.CancellationToken);
        (await _place.BackupAsync("--config", config)).Fails(2, "one", "two", "0x00001234");
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "directory", "path": "x", "bestefort": true } ] }""", "bestefort")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "tape", "path": "x" } ] }""", "tape")]
    [InlineData("""{ "owners": [ { "name": "..", "kind": "directory", "path": "x" } ] }""", "owner name")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "directory", "path": "x", "sid": "0x0" } ] }""", "sid")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "directory", "drives": { "1": "x" } } ] }""", "drive")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "directory" } ] }""", "path")]
    [InlineData("""{ "owners": [ { "name": "a", "kind": "directory", "path": "" } ] }""", "path")]
    [InlineData("""
        { "owners": [
            { "name": "a", "kind": "directory", "path": "x" },
            { "name": "a", "kind": "directory", "path": "y" } ] }
        """, "line 3: owners[1]: Owner a is named twice")]
    public async Task A_config_that_makes_no_sense_ends_with_2(string text, string says)
    {
        string config = _place.At("owners.json");
        await File.WriteAllTextAsync(config, text, TestContext.Current.CancellationToken);
        ToolResult result = await _place.BackupAsync("--config", config, "--json");
        result.Fails(2, says);
        AssertError(result, 2);
    }

    [Fact]
    public async Task A_config_that_is_missing_ends_with_2() => (await _place.BackupAsync("--config", _place.At("none.json"))).Fails(2, "none.json");

    [Fact]
    public async Task A_target_that_is_not_empty_ends_with_2_and_is_left_as_it_is()
    {
        await _place.BackupDocsAsync();
        string mine = _place.File("out/mine");
        ToolResult result = await _place.RestoreAsync("--to", _place.At("out"), "--json");
        result.Fails(2, "not empty");
        AssertError(result, 2);
        Assert.Equal([mine], Directory.EnumerateFileSystemEntries(_place.At("out")));
        (await _place.RestoreAsync("--to", mine)).Fails(2, "is a file");
    }

    [Theory]
    [InlineData("repo/out")]
    [InlineData("repo")]
    [InlineData("repo/../repo/sets/out")]
    [InlineData("link/out")]
    [InlineData("home/docs/out")]
    [InlineData("homelink/docs/out")]
    public async Task A_target_inside_the_repository_or_a_source_ends_with_2(string target)
    {
        string set = await _place.BackupDocsAsync();
        File.CreateSymbolicLink(_place.At("link"), _place.Repo);
        File.CreateSymbolicLink(_place.At("homelink"), _place.At("home"));
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """{ "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs" } ] }""",
            TestContext.Current.CancellationToken);
        ToolResult result = await _place.RestoreAsync("--to", _place.At(target), "--config", config);
        result.Fails(2, "--to", "inside");
        Assert.False(Directory.Exists(_place.At("home/docs/out")));
        Assert.Empty(await _place.AssertCleanAsync(set));
    }

    [Theory]
    [InlineData("repo/inner")]
    [InlineData("link/inner")]
    public async Task A_source_inside_the_repository_ends_with_2(string source)
    {
        string set = await _place.BackupDocsAsync();
        File.CreateSymbolicLink(_place.At("link"), _place.Repo);
        (await _place.BackupAsync("--dir", $"inner={_place.At(source)}")).Fails(2, "inside the repository");
        await _place.AssertCleanAsync(set);
    }

    [Fact]
    public async Task A_repository_that_is_to_be_encrypted_and_has_no_key_is_not_made()
    {
        (await ToolRun.HereAsync("init", "--encrypt", "--repo", _place.Repo)).Fails(2, "passphrase");
        Assert.False(Directory.Exists(_place.Repo));
    }

    [Fact]
    public async Task An_existing_repository_is_not_made_again()
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Fails(2, "already");
        await _place.AssertCleanAsync();
    }

    private static void AssertError(ToolResult result, int code)
    {
        System.Text.Json.JsonElement error = result.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("exitCode").GetInt32());
        Assert.Equal("Usage", error.GetProperty("code").GetString());
        Assert.Contains(error.GetProperty("message").GetString()!.Split('\n')[0], result.Errors, StringComparison.Ordinal);
    }

    /// <summary>Brute force over the documented derivation: the first four bytes of the name's SHA-256.</summary>
    private static (string One, string Other) Twins()
    {
        Dictionary<uint, string> seen = [];
        for (int i = 0; ; i++)
        {
            string name = $"n{i}";
            uint id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            if (!seen.TryAdd(id, name))
            {
                return (seen[id], name);
            }
        }
    }

    private string[] Words(string line) => [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w switch
    {
        "R" => _place.Repo,
        "EMPTY" => "",
        "T" => _place.At("out"),
        _ => w.Replace("=D", "=" + _place.Docs, StringComparison.Ordinal).Replace("=E", "=" + _place.At("home/other"), StringComparison.Ordinal),
    })];
}
