using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Engines that follow each other: which can share a bus or a transport, and what ends with the first.</summary>
public sealed class EngineLifetimeTests
{
    private static readonly SecureId One = new(1);
    private static readonly SecureId Two = new(2);
    private static readonly SecureId Three = new(3);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_second_engine_on_the_same_bus_or_transport_is_refused_until_the_first_is_disposed(bool sameBus) => VirtualTime.Run(async time =>
    {
        using PropertyStore first = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        using PropertyStore second = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        InProcessTransport transport = new();
        BackupEngine engine = await BackupEngine.StartAsync(Options(time, first, transport));

        BackupEngineOptions other = sameBus ? Options(time, first, new InProcessTransport()) : Options(time, second, transport);
        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => BackupEngine.StartAsync(other));
        int mode = Mode(first);
        await engine.RegisterAsync(new DataOwnerRegistration("one", One));
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(transport, One, null, SilentEngine.Options(time), HostFixture.Never);
        await engine.DisposeAsync();
        await using BackupEngine next = await BackupEngine.StartAsync(other);

        Assert.Equal((ErrorCode.InUse, BurMode.Normal.ToValue()), (refused.Code, mode));
        await next.RegisterAsync(new DataOwnerRegistration("one", One));
        await using ActiveBackupClient again = await ActiveBackupClient.ConnectAsync(other.Transport, One, null, SilentEngine.Options(time), HostFixture.Never);
        Assert.Equal(BurMode.Normal, (await again.BurModeInfoAsync(HostFixture.Never)).Mode);

        static BackupEngineOptions Options(VirtualTime time, PropertyStore store, InProcessTransport transport) => new()
        {
            Bus = store.Open(SecureId.Engine), TimeProvider = time.Clock, Scheduler = time.Scheduler, Transport = transport,
        };

        static int Mode(PropertyStore store)
        {
            store.Open(Three).TryGet(SystemProperties.BackupRestoreKey, out int value);
            return value;
        }
    });

    [Fact]
    public async Task Participants_find_the_next_engine_on_the_same_transport()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = new("one", null);
        owner.Set("some data");
        SecureId sid = await host.AddAsync("one", owner);
        BackupReport first = await host.BackupAsync().Within("the backup of the first engine ends");
        await host.StopEngineAsync();

        await using BackupEngine next = await BackupEngine.StartAsync(
            new BackupEngineOptions { Bus = host.OpenBus(SecureId.Engine), Transport = host.Engine.Options.Transport }, TestContext.Current.CancellationToken);
        await next.RegisterAsync(new DataOwnerRegistration("one", sid));
        BackupReport second = await next.BackupAsync(new BackupRequest { Repository = host.Repository }, TestContext.Current.CancellationToken)
            .Within("the backup of the second engine ends");

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Empty(host.OwnerErrors);
    }

    [Fact]
    public async Task Every_call_of_a_disposed_engine_ends()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = new("one", null);
        SecureId sid = await host.AddAsync("one", owner);
        await host.BackupAsync().Within("the backup ends");
        OwnerConnection connection = new(sid, new TestChannel(TestChannel.Obedient));
        IEngineSession session = await host.Engine.AcceptAsync(connection, TestContext.Current.CancellationToken);
        RestoreRequest restore = new() { Repository = host.Repository, Set = await host.Repository.NewestAsync() };
        await host.StopEngineAsync();

        (string Name, Task Call)[] calls =
        [
            ("DisposeAsync", host.Engine.DisposeAsync().AsTask()),
            ("RegisterAsync", host.Engine.RegisterAsync(new DataOwnerRegistration("two", Two))),
            ("UnregisterAsync", host.Engine.UnregisterAsync(sid)),
            ("OwnersAsync", host.Engine.OwnersAsync(HostFixture.Never)),
            ("BackupAsync", host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, HostFixture.Never)),
            ("RestoreAsync", host.Engine.RestoreAsync(restore, HostFixture.Never)),
            ("AcceptAsync", host.Engine.AcceptAsync(connection, HostFixture.Never).AsTask()),
            ("ConfirmReadyForBurAsync", session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never).AsTask()),
            ("DisposeAsync of a session", session.DisposeAsync().AsTask()),
        ];
        await Record.ExceptionAsync(() => Task.WhenAll(calls.Select(c => c.Call)).Within("the calls end"));

        Assert.All(calls, c =>
        {
            Assert.True(c.Call.IsCompleted, $"Expected: {c.Name} ends. Actual: it waits for an engine that has stopped.");
            bool isRefused = c.Call.Exception?.InnerException is ObjectDisposedException or ConnException;
            Assert.Equal(c.Name.StartsWith("Dispose", StringComparison.Ordinal), !isRefused);
        });
    }

    [Fact]
    public async Task A_client_that_connects_while_the_engine_is_made_is_refused_with_a_code()
    {
        using PropertyStore store = new();
        InProcessTransport transport = new();
        using CancellationTokenSource stop = new();
        Task<Exception?> storm = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await ActiveBackupClient.ConnectAsync(transport, new SecureId(7), null, null, HostFixture.Never);
                }
                catch (ConnException)
                {
                    // No engine, or no such owner.
                }
                catch (Exception e)
                {
                    return e;
                }
            }

            return null;
        }, HostFixture.Never);

        for (int i = 0; i < 2000 && !storm.IsCompleted; i++)
        {
            BackupEngineOptions options = new() { Bus = store.Open(SecureId.Engine), Transport = transport };
            await (await BackupEngine.StartAsync(options, TestContext.Current.CancellationToken)).DisposeAsync();
        }

        await stop.CancelAsync();
        Assert.Null(await storm);
    }
}
