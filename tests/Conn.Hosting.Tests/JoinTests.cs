using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>An application whose owners take part in the operations of a daemon, over a real socket.</summary>
public sealed class JoinTests : IDisposable
{
    private static readonly DataOwnerRegistration Files = new("files");
    private static readonly DataOwnerRegistration Note = new("notes") { SupportsIncremental = false };

    private readonly Place _place = new();
    private readonly LogLines _log = new();
    private readonly Notes _notes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task What_the_daemon_backed_up_comes_back_in_place()
    {
        Directory.CreateDirectory(_place.At("files"));
        await File.WriteAllTextAsync(_place.At("files/a"), "one", Token);
        await using Daemon daemon = await Daemon.StartAsync(_place, Files, Note);
        using IHost host = await StartAsync(c => c.AddDirectory("files", _place.At("files")).AddOwner<NoteOwner>("notes"));
        await ConnectedAsync();

        Assert.Equal(OperationOutcome.Succeeded, (await daemon.BackupAsync(Token)).Outcome);
        await File.WriteAllTextAsync(_place.At("files/a"), "two", Token);
        _notes.Text = "second";
        Assert.Equal(OperationOutcome.Succeeded, (await daemon.RestoreAsync(Token)).Outcome);

        Assert.Equal("one", await File.ReadAllTextAsync(_place.At("files/a"), Token));
        Assert.Equal("first", _notes.Text);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task The_daemon_may_start_after_the_host_and_start_again()
    {
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes"));
        IBurModeMonitor monitor = host.Get<IBurModeMonitor>();
        Task normal = monitor.WaitForNormalAsync(Token);
        await LostAsync();
        Assert.Equal(BurMode.Unset, monitor.Current);
        Assert.Equal(HealthStatus.Degraded, await HealthAsync(host));
        Assert.False(normal.IsCompleted);

        await using (Daemon daemon = await Daemon.StartAsync(_place, Note))
        {
            await ConnectedAsync();
            await normal.WaitAsync(Token);
            Assert.Equal(HealthStatus.Healthy, await HealthAsync(host));
            Assert.Equal(OperationOutcome.Succeeded, (await daemon.BackupAsync(Token)).Outcome);
        }

        await LostAsync();
        Assert.Equal(BurMode.Unset, monitor.Current);
        await using Daemon again = await Daemon.StartAsync(_place, Note);
        await ConnectedAsync();
        Assert.Equal(OperationOutcome.Succeeded, (await again.BackupAsync(Token)).Outcome);
        await host.StopAsync(Token);
        Assert.Equal([31, 30, 31, 30, 2], _log.Lines.Where(static l => l.Id is > 0 and < 100).Select(static l => l.Id));
    }

    [Fact]
    public async Task What_an_owner_holds_when_the_daemon_is_lost_is_released_before_the_next_operation()
    {
        (TaskCompletionSource entered, TaskCompletionSource released) = Hold();
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes"));
        await using (Daemon daemon = await Daemon.StartAsync(_place, Note))
        {
            await ConnectedAsync();
            Task<BackupReport> backup = daemon.BackupAsync(Token);
            await entered.Task.WaitAsync(Token);
            await daemon.DisconnectAsync();
            await released.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
            Assert.Equal(OperationOutcome.Failed, (await backup).Outcome);
        }

        await LostAsync();
        _notes.OnBackup = static _ => Task.CompletedTask;
        await using Daemon again = await Daemon.StartAsync(_place, Note);
        await ConnectedAsync();
        Assert.Equal(OperationOutcome.Succeeded, (await again.BackupAsync(Token)).Outcome);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task The_mode_of_the_daemon_is_followed_and_the_owner_is_known_to_be_ready()
    {
        await using Daemon daemon = await Daemon.StartAsync(_place, Note);
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes"));
        IBurModeMonitor monitor = host.Get<IBurModeMonitor>();
        BackupStatus? inside = null;
        _notes.OnBackup = async _ => inside = await host.Get<IBackupService>().StatusAsync(Token);
        await ConnectedAsync();
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<BurMode> modes = [];
        using IDisposable following = monitor.Modes.Subscribe(m =>
        {
            modes.Add(m);
            if (modes.Count > 1 && m.IsNormal)
            {
                seen.TrySetResult();
            }
        });
        await daemon.BackupAsync(Token);
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await host.StopAsync(Token);

        Assert.Equal(BurMode.Normal, modes[0]);
        Assert.Contains(modes, static m => m.IsBackup);
        Assert.True(inside!.Mode.IsBackup);
        Assert.Equal(("notes", DataOwnerStatus.Ready), (inside.Owners[0].Name, inside.Owners[0].Readiness));
    }

    [Fact]
    public async Task A_host_that_stops_leaves_the_operation_and_releases_what_its_owners_hold()
    {
        (TaskCompletionSource entered, TaskCompletionSource released) = Hold();
        await using Daemon daemon = await Daemon.StartAsync(_place, Note);
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes"));
        await ConnectedAsync();
        Task<BackupReport> backup = daemon.BackupAsync(Token);
        await entered.Task.WaitAsync(Token);
        await host.StopAsync(Token);
        Assert.True(released.Task.IsCompleted);
        Assert.Equal(OperationOutcome.Failed, (await backup.WaitAsync(TimeSpan.FromSeconds(20), Token)).Outcome);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Get<IBackupService>().StatusAsync(Token));
    }

    [Fact]
    public async Task Backups_are_the_daemons_and_there_is_no_bus_to_inject()
    {
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes"));
        IBackupService service = host.Get<IBackupService>();
        ConnException changed = await Assert.ThrowsAsync<ConnException>(() => service.BackupAsync(static r => r, Token));
        ConnException away = await Assert.ThrowsAsync<ConnException>(() => service.RestoreAsync(null, Token));
        Assert.Equal((ErrorCode.NotSupported, ErrorCode.NotFound), (changed.Code, away.Code));
        Assert.Contains("conn backup", changed.Message, StringComparison.Ordinal);
        Assert.Equal(DataOwnerStatus.NotConnected, (await service.StatusAsync(Token)).Owners[0].Readiness);
        Assert.Null(host.Services.GetService<PropertyStore>());
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task An_owner_that_the_daemon_does_not_know_is_named_and_makes_the_program_unhealthy()
    {
        await using Daemon daemon = await Daemon.StartAsync(_place, Note);
        using IHost host = await StartAsync(static c => c.AddOwner<NoteOwner>("notes").AddOwner<NoteOwner>("ledger"));
        LogLine unknown = await _log.NextAsync("No backup of the daemon holds owner ledger", Token);
        Assert.Equal((35, LogLevel.Error), (unknown.Id, unknown.Level));
        Assert.Contains("; 1 owners", (await ConnectedAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(host, "conn-owners"));
        OwnerStatus[] owners = [.. (await host.Get<IBackupService>().StatusAsync(Token)).Owners];
        Assert.Equal([ErrorCode.Success, ErrorCode.NotFound], owners.Select(static o => o.Error));
        Assert.Equal(OperationOutcome.Succeeded, (await daemon.BackupAsync(Token)).Outcome);
        await host.StopAsync(Token);
    }

    /// <summary>Makes the owner wait in its backup until it is terminated.</summary>
    private (TaskCompletionSource Entered, TaskCompletionSource Released) Hold()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _notes.OnBackup = async token =>
        {
            entered.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
            finally
            {
                released.TrySetResult();
            }
        };
        return (entered, released);
    }

    private async Task<IHost> StartAsync(Action<ConnBuilder> owners)
    {
        IHost host = Applications.Build(
            c =>
            {
                owners(c.ConnectToDaemon(_place.Socket));
                c.Services.AddHealthChecks().AddConn();
            },
            _log, notes: _notes);
        await host.StartAsync(Token);
        return host;
    }

    private static async Task<HealthStatus> HealthAsync(IHost host, string check = "conn-engine") =>
        (await host.Get<HealthCheckService>().CheckHealthAsync(r => r.Name == check, Token)).Status;

    private Task<LogLine> ConnectedAsync() => _log.NextAsync("The daemon is connected", Token);

    private Task<LogLine> LostAsync() => _log.NextAsync("No daemon is connected", Token);
}
