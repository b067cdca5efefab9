using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the tool says when a repository is not what it was: found by verify, found by a restore that needs it, and nothing else is touched.</summary>
public sealed class DamagedRepositoryTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs(40);

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(100)]
    [InlineData(-1)]
    [InlineData(70)]
    [InlineData(0)]
    public async Task A_flipped_bit_in_the_data_is_found_by_verify_and_by_restore(int at)
    {
        string set = await _place.BackupDocsAsync();
        Flip(DataFile(set), at);
        await DamageIsFoundAsync(set);
    }

    [Fact]
    public async Task A_verification_says_from_which_sets_an_owner_can_be_restored_and_the_damaged_one_can_be_forgotten()
    {
        await _place.BackupDocsAsync();
        _place.File("home/docs/second", 5000);
        string second = await _place.BackupDocsAsync();
        _place.File("home/docs/third", 5000);
        await _place.BackupDocsAsync();
        Flip(DataFile(second), 100);

        ToolResult found = (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(6);
        Assert.Contains("docs: cannot be restored from set 2, 3; the newest set from which it can is 1.", found.Output, StringComparison.Ordinal);
        Assert.Contains("conn backup --base", found.Output, StringComparison.Ordinal);
        JsonElement damaged = Assert.Single((await _place.VerifyAsync()).Ends(6).Json.GetProperty("damaged").EnumerateArray());
        Assert.True(damaged.GetProperty("needsBase").GetBoolean());

        await _place.BackupDocsAsync("--base");
        found = (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(6);
        Assert.Contains("the newest set from which it can is 4.", found.Output, StringComparison.Ordinal);
        found.SaysNo("--base");
        (await ToolRun.HereAsync("prune", "--repo", _place.Repo, "--forget", "1")).Fails(12, "is whole");
        (await ToolRun.HereAsync("prune", "--repo", _place.Repo, "--forget", "2")).Ends(0);
        (await _place.VerifyAsync()).Ends(0);
        string listed = (await ToolRun.HereAsync("list", "--repo", _place.Repo)).Ends(0).Output;
        Assert.Contains("(docs)", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("[held]", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_data_file_is_found_by_verify_and_by_restore()
    {
        string set = await _place.BackupDocsAsync();
        using (FileStream file = new(DataFile(set), FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        await DamageIsFoundAsync(set);
    }

    [Fact]
    public async Task A_missing_data_file_is_found_by_verify_and_by_restore()
    {
        string set = await _place.BackupDocsAsync();
        File.Delete(DataFile(set));
        await DamageIsFoundAsync(set);
    }

    [Fact]
    public async Task A_damaged_manifest_hides_its_set_alone_and_is_named()
    {
        string first = await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync("--base");
        Flip(Directory.EnumerateFiles(SetFolder(first), "manifest").Single(), -5);

        JsonElement list = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(6).Json;
        Assert.Equal(second, Assert.Single(list.GetProperty("sets").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(first, Assert.Single(list.GetProperty("problems").EnumerateArray()).GetProperty("set").GetString());
        Assert.Equal(first, Assert.Single((await _place.VerifyAsync()).Ends(6).Json.GetProperty("problems").EnumerateArray()).GetProperty("set").GetString());
        (await _place.RestoreAsync("--set", first, "--to", _place.At("out"))).Fails(6, first);
        (await _place.RestoreAsync("--set", second, "--to", _place.At("out"))).Ends(0);
    }

    [Fact]
    public async Task A_set_removed_by_hand_is_missed_and_what_continues_it_cannot_be_restored()
    {
        string first = await _place.BackupDocsAsync();
        _place.File("home/docs/new");
        string second = await _place.BackupDocsAsync("--increment");
        Directory.Delete(SetFolder(first), true);

        Assert.NotEmpty((await _place.VerifyAsync()).Ends(6).Json.GetProperty("problems").EnumerateArray());
        ToolResult restore = await _place.RestoreAsync("--set", second, "--to", _place.At("out"), "--json");
        restore.Fails(6, first);
        AssertUntouched();

        // The owner is not lost: the next backup is a base, and says why.
        JsonElement backup = (await _place.BackupAsync([.. _place.DocsOwner, "--json"])).Ends(0).Json;
        Assert.Equal("base", backup.GetProperty("type").GetString());
        (await _place.RestoreAsync("--to", _place.At("out"))).Ends(0);
        (await _place.BackupAsync([.. _place.DocsOwner, "--increment"])).Ends(0);
    }

    [Fact]
    public async Task A_restore_that_does_not_need_the_damaged_bytes_succeeds()
    {
        await _place.BackupDocsAsync();
        string second = await _place.BackupDocsAsync("--base");
        string first = (await _place.SetsAsync())[0];
        Flip(DataFile(first), 100);
        (await _place.RestoreAsync("--set", second, "--to", _place.At("out"))).Ends(0);
        (await _place.VerifyAsync("--set", second)).Ends(0);
        (await _place.VerifyAsync("--set", first)).Ends(6);
    }

    [Fact]
    public async Task A_missing_format_file_ends_every_verb_with_6()
    {
        await _place.BackupDocsAsync();
        File.Delete(Path.Combine(_place.Repo, "conn-repository"));
        TreePrint before = await TreePrint.OfAsync(_place.Repo);
        JsonElement verified = (await _place.VerifyAsync()).Ends(6).Json;
        Assert.Contains(verified.GetProperty("problems").EnumerateArray(), p => p.GetProperty("set").GetString() == "repository");
        await EveryVerbFailsAsync(6, "format file");
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Fails(6, "format file");
        before.AssertSame(await TreePrint.OfAsync(_place.Repo), "the repository");
    }

    [Fact]
    public async Task A_newer_format_ends_every_verb_with_1_and_nothing_is_changed()
    {
        await _place.BackupDocsAsync();
        string file = Path.Combine(_place.Repo, "conn-repository");
        byte[] record = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(8), 2);
        SHA256.HashData([.. record[..24], .. record[56..]], record.AsSpan(24, 32));
        await File.WriteAllBytesAsync(file, record, TestContext.Current.CancellationToken);

        TreePrint before = await TreePrint.OfAsync(_place.Repo);
        ToolResult verify = await _place.VerifyAsync();
        verify.Fails(1, "newer");
        Assert.Equal(1, verify.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        await EveryVerbFailsAsync(1, "newer");
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Fails(2, "already");
        (await ToolRun.HereAsync("init", "--encrypt", "--repo", _place.Repo)).Fails(2, "already");
        before.AssertSame(await TreePrint.OfAsync(_place.Repo), "the repository");
    }

    [Fact]
    public async Task Files_that_are_not_the_repositorys_are_a_note_and_stay()
    {
        string first = await _place.BackupDocsAsync();
        string mine = _place.File("repo/notes.txt");
        string folder = _place.File("repo/photos/a.jpg");
        Assert.Contains(await _place.AssertCleanAsync(first), n => n.Contains("notes.txt", StringComparison.Ordinal));
        await _place.BackupDocsAsync();
        Assert.True(File.Exists(mine) && File.Exists(folder));
    }

    private async Task DamageIsFoundAsync(string set)
    {
        JsonElement verified = (await _place.VerifyAsync()).Ends(6).Json;
        Assert.Equal("failed", verified.GetProperty("outcome").GetString());
        JsonElement problem = verified.GetProperty("problems")[0];
        Assert.Equal(set, problem.GetProperty("set").GetString());
        Assert.Equal("docs", problem.GetProperty("owner").GetString());

        ToolResult restore = await _place.RestoreAsync("--to", _place.At("out"), "--json");
        restore.Fails(6);
        Assert.Equal(6, restore.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        AssertUntouched();

        _place.File("home/docs/later");
        TreePrint before = await TreePrint.OfAsync(_place.Docs);
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner])).Fails(6);
        before.AssertSame(await TreePrint.OfAsync(_place.Docs), "the owner's place");
        _place.AssertNothingLeft();
    }

    private void AssertUntouched() => Assert.False(Directory.Exists(_place.At("out")) && Directory.EnumerateFileSystemEntries(_place.At("out")).Any(), "The target is not empty.");

    private async Task EveryVerbFailsAsync(int code, string says)
    {
        string[][] lines =
        [
            ["list"], ["show", "latest"], ["restore", "--to", _place.At("out")], ["restore", "--in-place", .. _place.DocsOwner],
            ["backup", .. _place.DocsOwner],
        ];
        foreach (string[] line in lines)
        {
            ToolResult result = await ToolRun.HereAsync([.. line, "--repo", _place.Repo, "--json"]);
            result.Fails(code, says);
            Assert.Equal(code, result.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        }

        AssertUntouched();
    }

    private string SetFolder(string set) => Directory.EnumerateDirectories(Path.Combine(_place.Repo, "sets"), $"*-{set}").Single();

    private string DataFile(string set) => Directory.EnumerateFiles(SetFolder(set), "*.data").Single();

    private static void Flip(string path, int at)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
