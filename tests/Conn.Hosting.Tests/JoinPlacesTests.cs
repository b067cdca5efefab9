using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub.Security;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Owners of a host and of a program that joins it lie inside each other, or in the repository.</summary>
public sealed class JoinPlacesTests : IDisposable
{
    private static readonly SecureId Outer = DataOwnerRegistration.SidOf("outer");
    private static readonly SecureId Inner = DataOwnerRegistration.SidOf("inner");

    private readonly Place _place = new();
    private readonly LogLines _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _place.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_outer_owner_leaves_the_inner_one_of_the_other_process_out_and_does_not_replace_it(bool isOuterRemote)
    {
        await WriteAsync("data/a", "outer");
        await WriteAsync("data/app/b", "inner");
        using IHost host = await HostAsync(isOuterRemote ? "inner" : "outer", isOuterRemote ? "data/app" : "data", isOuterRemote ? "outer" : "inner");
        using IHost program = await JoinAsync(isOuterRemote ? "outer" : "inner", isOuterRemote ? "data" : "data/app");
        IBackupService service = host.Get<IBackupService>();
        BackupReport backup = await service.BackupAsync(null, Token);
        Assert.Equal(OperationOutcome.Succeeded, backup.Outcome);
        Assert.Contains(backup.Owners.Single(static o => o.Name == "outer").Notes, n => n.Contains("app", StringComparison.Ordinal));

        await WriteAsync("data/a", "changed");
        await WriteAsync("data/app/b", "changed");
        Assert.Equal(OperationRefusal.Overlap, (await RefusedAsync(service, Outer, Inner)).Refusal);
        Assert.Equal(OperationRefusal.RefusedByOwner, (await RefusedAsync(service, Outer)).Refusal);
        Assert.Equal(("changed", "changed"), await ReadAsync());
        await service.RestoreAsync(static r => r with { Owners = [Inner] }, Token);
        Assert.Equal(("changed", "inner"), await ReadAsync());

        await program.StopAsync(Token);
        if (!isOuterRemote)
        {
            // The program is gone; what is its, stays so.
            Assert.Equal(OperationRefusal.RefusedByOwner, (await RefusedAsync(service, Outer)).Refusal);
        }

        await host.StopAsync(Token);
    }

    [Fact]
    public async Task An_owner_of_another_process_inside_the_repository_is_refused()
    {
        await WriteAsync("data/a", "outer");
        using IHost host = await HostAsync("outer", "data", "inner");
        await WriteAsync("backups/mine/b", "inner");
        using IHost program = await JoinAsync("inner", "backups/mine");
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.Get<IBackupService>().BackupAsync(null, Token));
        Assert.Equal(OperationRefusal.Overlap, refused.Refusal);
        Assert.Contains("Owner inner lies inside the repository", refused.Message, StringComparison.Ordinal);
        await program.StopAsync(Token);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Owners_of_one_program_stay_apart_although_the_host_knows_one_of_them_only()
    {
        await WriteAsync("data/a", "outer");
        await WriteAsync("data/app/b", "inner");
        await WriteAsync("other/c", "other");
        using IHost host = await HostAsync("other", "other", "outer");
        using IHost program = await JoinAsync("outer", "data", static (c, place) => c.AddDirectory("unknown", place.At("data/app")));
        BackupReport backup = await host.Get<IBackupService>().BackupAsync(null, Token);
        Assert.Contains(backup.Owners.Single(static o => o.Name == "outer").Notes, n => n.Contains("app", StringComparison.Ordinal));
        await program.StopAsync(Token);
        await host.StopAsync(Token);
    }

    private static async Task<OperationRefusedException> RefusedAsync(IBackupService service, params SecureId[] owners) =>
        await Assert.ThrowsAsync<OperationRefusedException>(() => service.RestoreAsync(r => r with { Owners = owners }, Token));

    private async Task<IHost> HostAsync(string owner, string path, string remote)
    {
        IHost host = Applications.Build(c => c.UseRepository(_place.Repository).CreateIfMissing().AddDirectory(owner, _place.At(path))
            .AddRemoteOwner(new DataOwnerRegistration(remote)).ListenOnSocket(o => o with { SocketPath = _place.Socket }));
        await host.StartAsync(Token);
        return host;
    }

    private async Task<IHost> JoinAsync(string owner, string path, Action<ConnBuilder, Place>? more = null)
    {
        IHost program = Applications.Build(
            c =>
            {
                c.ConnectToDaemon(_place.Socket).AddDirectory(owner, _place.At(path));
                more?.Invoke(c, _place);
            },
            _log);
        await program.StartAsync(Token);
        await _log.NextAsync("The daemon is connected", Token);
        return program;
    }

    private Task WriteAsync(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_place.At(name))!);
        return File.WriteAllTextAsync(_place.At(name), text, Token);
    }

    private async Task<(string Outer, string Inner)> ReadAsync() =>
        (await File.ReadAllTextAsync(_place.At("data/a"), Token), await File.ReadAllTextAsync(_place.At("data/app/b"), Token));
}
