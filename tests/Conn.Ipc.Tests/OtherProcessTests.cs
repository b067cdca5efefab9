using System.Diagnostics;
using System.Runtime.Versioning;
using Conn.Engine;
using Xunit;

namespace Conn.Ipc.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class OtherProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_of_another_process_is_backed_up_and_restored()
    {
        await using ServedHost daemon = await ServedHost.StartAsync();
        using Process process = OtherProcess.Start("owner", daemon.Path);
        try
        {
            await OtherProcess.SaysAsync(process, "ready", Token);
            byte[] data = new byte[3 << 20];
            Random.Shared.NextBytes(data);
            await File.WriteAllBytesAsync(daemon.Data, data, Token);
            BackupReport backup = await daemon.Host.BackupAsync(daemon.Repository, Token);
            Assert.True(backup.Verified, backup.ToJson());
            await File.WriteAllTextAsync(daemon.Data, "lost", Token);
            RestoreReport restored = await daemon.Host.RestoreAsync(daemon.Repository, Token);
            Assert.Equal(OperationOutcome.Succeeded, restored.Outcome);
            Assert.Equal(data, await File.ReadAllBytesAsync(daemon.Data, Token));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task An_owner_that_is_killed_in_a_callback_ends_its_own_part_and_the_mode_becomes_Normal()
    {
        await using ServedHost daemon = await ServedHost.StartAsync();
        using Process process = OtherProcess.Start("hang", daemon.Path);
        try
        {
            await OtherProcess.SaysAsync(process, "ready", Token);
            await File.WriteAllTextAsync(daemon.Data, "content", Token);
            Task<BackupReport> running = daemon.Host.BackupAsync(daemon.Repository, Token);
            await OtherProcess.SaysAsync(process, "inside", Token);
            process.Kill();
            BackupReport report = await running.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
            Assert.False(report.Verified);
            Assert.Equal(ErrorCode.ServerTerminated, Assert.Single(report.Owners).Error);
            Assert.True(await daemon.IsNormalAsync());
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task A_process_of_another_user_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can start a process of another user.");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "setpriv is not installed.");
        await using ServedHost daemon = await ServedHost.StartAsync();

        // The file system would refuse it already; this is about the server.
        File.SetUnixFileMode(System.IO.Path.GetDirectoryName(daemon.Path)!, (UnixFileMode)0b111_001_001);
        File.SetUnixFileMode(daemon.Path, (UnixFileMode)0b110_110_110);
        using Process process = OtherProcess.Start("stranger", daemon.Path, "/usr/bin/setpriv", "--reuid=65534", "--clear-groups");
        Assert.Equal(["AccessDenied", "AccessDenied"], (await process.StandardOutput.ReadToEndAsync(Token)).Split('\n').Where(static l => l is "AccessDenied" or "done"));
        await process.WaitForExitAsync(Token);
    }
}
