using Conn.Cli.Doctor;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>What the doctor finds on the disk of a repository: a real small one, and what the system says of others.</summary>
public sealed class DoctorDiskTests : IDisposable
{
    private const string Mounts = """
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 22 0:40 / /mnt/nas rw,noatime shared:2 master:1 - nfs4 nas:/backup rw,vers=4.2
        31 22 0:41 / /mnt/share rw - cifs //server/share rw
        32 22 0:42 / /mnt/cloud\040drive rw - fuse.rclone remote: rw
        33 22 0:43 / /mnt/memory rw - tmpfs tmpfs rw
        34 22 8:17 / /mnt/old rw - ext4 /dev/sdb1 rw
        35 34 8:33 / /mnt/old ro - ext4 /dev/sdc1 rw
        """;

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

    [Theory]
    [InlineData("/mnt/nas/conn", "nfs4", "Warning")]
    [InlineData("/mnt/share", "cifs", "Warning")]
    [InlineData("/mnt/cloud drive/conn", "fuse.rclone", "Warning")]
    [InlineData("/mnt/memory/conn", "tmpfs", "Warning")]
    [InlineData("/mnt/nasal/conn", "ext4", "Ok")]
    [InlineData("/srv/conn", "ext4", "Ok")]
    public void A_file_system_that_may_not_flush_or_lock_is_a_warning(string path, string kind, string level)
    {
        Mount mount = Mount.Find(Mounts.Split('\n'), path)!;
        Assert.Equal(kind, mount.Kind);
        Assert.False(mount.IsReadOnly);
        Assert.Equal(level, FileSystemCheck.Judge(mount).Level.ToString());
    }

    [Fact]
    public void Of_two_mounts_at_one_place_the_later_one_counts() =>
        Assert.Equal(new Mount("/mnt/old", "ext4", "8:33", true), Mount.Find(Mounts.Split('\n'), "/mnt/old/conn"));

    [Theory]
    [InlineData(500_000_000_000, 0, 50, "Ok")]
    [InlineData(40_000_000_000, 0, 50, "Warning")]
    [InlineData(100_000_000_000, 60_000_000_000, 50, "Warning")]
    [InlineData(99_000_000, 0, 50, "Problem")]
    [InlineData(500_000_000_000, 0, 4, "Warning")]
    public void Little_room_is_a_warning_and_almost_none_a_problem(long free, long newestBase, int freeFilesPercent, string level)
    {
        Finding[] found = [.. SpaceCheck.Judge(new Space(1_000_000_000_000, free, 1_000_000, freeFilesPercent * 10_000), newestBase)];
        Assert.Equal(level, found.Max(static f => f.Level).ToString());
        Assert.Equal(level == nameof(FindingLevel.Problem) ? ExitCode.TryLater : ExitCode.Done, ExitCodes.Worst(found.Select(static f => f.Code)));
    }

    [Fact]
    public void Few_free_inodes_are_a_problem_and_no_limit_is_none()
    {
        Assert.Contains(SpaceCheck.Judge(new Space(1_000_000_000, 900_000_000, 1_000, 20), 0), static f => f.Level == FindingLevel.Problem);
        Assert.Single(SpaceCheck.Judge(new Space(1_000_000_000, 900_000_000, 0, 0), 0));
    }

    [Fact]
    public void The_space_of_a_real_folder_is_what_the_runtime_says()
    {
        Space space = Space.Of(_place.Root);
        DriveInfo drive = new(_place.Root);
        Assert.Equal(drive.TotalSize, space.Bytes);
        Assert.InRange(space.FreeBytes, 1, drive.TotalSize);
    }

    [Fact]
    public async Task A_small_disk_in_memory_is_found_and_so_is_that_it_is_read_only()
    {
        await MountAsync();
        string repo = _place.At("disk/repo");
        (await ToolRun.HereAsync(["backup", "--create", "--repo", repo, .. _place.DocsOwner])).Ends(0);
        (await DoctorRun.HereAsync("--repo", repo, "--socket", _place.At("s"))).Ends(75).Finds("disk", "warning", "kind tmpfs")
            .Finds("disk", "problem", "Only ")
            .SaysWhatToDo();
        await ToolRun.OtherAsync("mount", "-o", "remount,ro", _place.At("disk"));
        (await DoctorRun.HereAsync("--repo", repo, "--socket", _place.At("s"))).Ends(75).Finds("repository", "warning", "read-only medium").SaysWhatToDo();
    }

    [Fact]
    public async Task One_disk_for_source_and_repository_is_a_warning_and_two_are_none()
    {
        await _place.BackupDocsAsync();
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """{ "repository": "repo", "owners": [ { "name": "docs", "kind": "directory", "path": "home/docs" } ] }""",
            TestContext.Current.CancellationToken);
        (await DoctorRun.HereAsync("--config", config, "--socket", _place.At("s"))).Ends(0)
            .Finds("repository", "warning", "same disk as the source of docs").SaysWhatToDo();
        await MountAsync();
        string repo = _place.At("disk/repo");
        (await ToolRun.HereAsync("init", "--repo", repo)).Ends(0);
        (await DoctorRun.HereAsync("--config", config, "--repo", repo, "--socket", _place.At("s"))).Finds("repository", "ok", "another disk");
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
