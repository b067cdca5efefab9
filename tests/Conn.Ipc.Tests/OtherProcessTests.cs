using System.Diagnostics;
using System.Runtime.Versioning;
using Conn.Engine;
using Conn.PubSub;
using Conn.Repository;
using Xunit;

namespace Conn.Ipc.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class OtherProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_of_another_process_is_backed_up_and_restored()
    {
        await using Daemon daemon = await Daemon.StartAsync();
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
        await using Daemon daemon = await Daemon.StartAsync();
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
        await using Daemon daemon = await Daemon.StartAsync();

        // The file system would refuse it already; this is about the server.
        File.SetUnixFileMode(System.IO.Path.GetDirectoryName(daemon.Path)!, (UnixFileMode)0b111_001_001);
        File.SetUnixFileMode(daemon.Path, (UnixFileMode)0b110_110_110);
        using Process process = OtherProcess.Start("stranger", daemon.Path, "/usr/bin/setpriv", "--reuid=65534", "--clear-groups");
        Assert.Equal(["AccessDenied", "AccessDenied"], (await process.StandardOutput.ReadToEndAsync(Token)).Split('\n').Where(static l => l is "AccessDenied" or "done"));
        await process.WaitForExitAsync(Token);
    }

    /// <summary>A host with one registered owner, served to other processes.</summary>
    private sealed class Daemon : IAsyncDisposable
    {
        private readonly SocketFolder _folder = new();
        private IpcServer _server = null!;

        public ConnHost Host { get; private set; } = null!;

        public BackupRepository Repository { get; private set; } = null!;

        public string Path => _folder.Socket;

        public string Data => System.IO.Path.Combine(_folder.Folder, "data");

        public static async Task<Daemon> StartAsync()
        {
            Daemon daemon = new() { Host = await ConnHost.StartAsync() };
            daemon.Repository = await BackupRepository.OpenOrCreateAsync(System.IO.Path.Combine(daemon._folder.Folder, "repository"));
            await daemon.Host.Engine.RegisterAsync(OtherProcess.Registration with { SupportsIncremental = false });
            daemon._server = IpcServer.Start(new IpcServerOptions { SocketPath = daemon.Path, Store = daemon.Host.Bus, Owners = daemon.Host.Engine });
            return daemon;
        }

        public async Task<bool> IsNormalAsync()
        {
            await using IPropertyClient client = await ((IPropertyStore)Host.Bus).OpenAsync(Host.Bus.MintIdentity(new PubSub.Security.SecureId(1)), Token);
            return BurMode.FromValue((await client.TryReadAsync(SystemProperties.BackupRestoreKey, Token)).Value.Int).IsNormal;
        }

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            await Repository.DisposeAsync();
            await Host.DisposeAsync();
            _folder.Dispose();
        }
    }
}
