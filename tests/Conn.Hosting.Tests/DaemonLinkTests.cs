using Conn.ActiveBackup;
using Conn.Hosting.Joining;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>How often a program that is not connected tries again, and what it says.</summary>
public sealed class DaemonLinkTests : IDisposable
{
    private readonly Place _place = new();
    private readonly LogLines _log = new();
    private readonly TimerClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IpcClientOptions Options => new() { SocketPath = _place.Socket, TimeProvider = _clock };

    public void Dispose()
    {
        _log.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task The_pauses_double_from_one_second_to_thirty_and_one_line_is_logged()
    {
        using CancellationTokenSource stop = new();
        DaemonLink link = new(Options, [], static _ => { }, _clock, _log);
        Task running = link.RunAsync(stop.Token);
        List<double> pauses = [];
        while (pauses.Count < 7)
        {
            (TimeSpan due, Action fire) = await _clock.NextAsync(Options.Timeout, Token);
            pauses.Add(due.TotalSeconds);
            fire();
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], pauses);
        Assert.Equal(DaemonState.Away, link.Now.State);
        await stop.CancelAsync();
        await running;
        Assert.Equal(31, Assert.Single(_log.Lines).Id);
        Assert.Equal(DaemonState.Off, link.Now.State);
    }

    [Fact]
    public async Task A_refusal_names_the_owner_and_waits_for_the_longest_pause()
    {
        using PropertyStore bus = new();
        IpcIdentityPolicy others = new(new Dictionary<uint, IpcGrant> { [User()] = new() { SecureIds = [new SecureId(7)] } });
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = _place.Socket, Store = bus, Identities = others });
        using CancellationTokenSource stop = new();
        await using JoinedOwner owner = new(new NoteOwner("notes", new Notes()), new DataOwnerRegistration("notes"));
        DaemonLink link = new(Options, [owner], static _ => { }, _clock, _log);
        Task running = link.RunAsync(stop.Token);

        Assert.Equal(DaemonLink.LongestPause, (await _clock.NextAsync(Options.Timeout, Token)).Due);
        Assert.Equal(DaemonState.Refused, link.Now.State);
        Assert.Contains("The daemon does not allow owner notes", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
        await stop.CancelAsync();
        await running;
    }

    private static uint User() => uint.Parse(
        File.ReadLines("/proc/self/status").First(static l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2],
        System.Globalization.CultureInfo.InvariantCulture);
}
