using System.Runtime.Versioning;
using Conn.Engine;
using Conn.PubSub;
using Conn.Repository;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A host with one registered owner, served to other processes.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ServedHost : IAsyncDisposable
{
    private readonly SocketFolder _folder = new();
    private IpcServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ConnHost Host { get; private set; } = null!;

    public BackupRepository Repository { get; private set; } = null!;

    public string Path => _folder.Socket;

    public string Data => System.IO.Path.Combine(_folder.Folder, "data");

    public static async Task<ServedHost> StartAsync(bool sharesMemory = true)
    {
        ServedHost daemon = new() { Host = await ConnHost.StartAsync() };
        daemon.Repository = await BackupRepository.OpenOrCreateAsync(System.IO.Path.Combine(daemon._folder.Folder, "repository"));
        await daemon.Host.Engine.RegisterAsync(OtherProcess.Registration with { SupportsIncremental = false });
        daemon._server = IpcServer.Start(new IpcServerOptions { SocketPath = daemon.Path, Store = daemon.Host.Bus, Owners = daemon.Host.Engine, SharesMemory = sharesMemory });
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
