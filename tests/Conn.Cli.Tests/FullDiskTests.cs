using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 75: a repository on a file system of 8 MB.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted)
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start("umount", ["-l", _place.At("disk")]);
            process.WaitForExit();
        }

        _place.Dispose();
    }

    [Fact]
    public async Task A_file_larger_than_the_process_may_write_ends_with_75_and_the_unfinished_set_is_gone()
    {
        (await ToolRun.HereAsync("init", "--repo", _place.Repo)).Ends(0);
        _place.File("home/docs/big", 5_000_000);
        await using ToolProcess limited = ToolProcess.Start("bash", [], ["-c", $"ulimit -f 2000; exec {ToolRun.Program} backup --repo {_place.Repo} {string.Join(' ', _place.DocsOwner)}"]);
        (await limited.EndAsync()).Fails(75);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_place.Repo, "tmp")));
        (await ToolRun.HereAsync(["backup", "--repo", _place.Repo, .. _place.DocsOwner])).Ends(0);
    }

    [Fact]
    public async Task A_full_disk_ends_with_75_the_unfinished_set_is_gone_and_the_next_backup_succeeds()
    {
        await MountAsync();
        string repo = _place.At("disk/repo");
        string[] backup = ["backup", "--create", "--repo", repo, .. _place.DocsOwner, "--json"];
        string first = (await ToolRun.HereAsync(backup)).Ends(0).Json.GetProperty("set").GetString()!;
        string big = _place.File("home/docs/big", 12_000_000);

        ToolResult full = await ToolRun.HereAsync(backup);
        full.Fails(75);
        Assert.Equal("TryLater", full.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(repo, "tmp")));
        (await ToolRun.HereAsync("verify", "--repo", repo)).Ends(0);
        Assert.Equal(first, Assert.Single((await ToolRun.HereAsync("list", "--repo", repo, "--json")).Ends(0).Json.GetProperty("sets").EnumerateArray()).GetProperty("id").GetString());

        File.Delete(big);
        _place.File("home/docs/small", 100_000);
        Assert.Equal("increment", (await ToolRun.HereAsync(backup)).Ends(0).Json.GetProperty("type").GetString());
        (await ToolRun.HereAsync("verify", "--repo", repo)).Ends(0);
    }

    [Fact]
    public async Task A_restore_to_a_full_disk_fails_and_leaves_nothing_on_it()
    {
        await MountAsync();
        _place.File("home/docs/big", 12_000_000);
        await _place.BackupDocsAsync();
        string target = _place.At("disk/out");
        ToolResult result = await _place.RestoreAsync("--to", target, "--json");
        Assert.True(result.ExitCode is 1 or 4 or 75, result.ToString());
        Assert.False(Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any(), "Something is left in the target.");
    }

    private async Task MountAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A small file system can only be mounted by root.");
        Directory.CreateDirectory(_place.At("disk"));
        await using ToolProcess mount = ToolProcess.Start("mount", [], ["-t", "tmpfs", "-o", "size=8m", "conn-test", _place.At("disk")]);
        ToolResult result = await mount.EndAsync();
        Assert.SkipUnless(result.ExitCode == 0, $"A small file system cannot be mounted here: {result.Errors}");
        _mounted = true;
    }
}
