using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The ranges of the options of engines and clients, and how a time-out is switched off.</summary>
public sealed class OptionsTests
{
    private static readonly TimeSpan[] BadTimes =
    [
        TimeSpan.Zero, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(-2), TimeSpan.FromDays(25), TimeSpan.FromDays(365), TimeSpan.MaxValue,
            TimeSpan.MinValue,
    ];

    public static TheoryData<string, Func<BackupEngineOptions, BackupEngineOptions>> Faults
    {
        get
        {
            TheoryData<string, Func<BackupEngineOptions, BackupEngineOptions>> all = new()
            {
                { "Bus", o => o with { Bus = null! } },
                { "TimeProvider", o => o with { TimeProvider = null! } },
                { "Transport", o => o with { Transport = null! } },
                { "AbortTimeout", o => o with { AbortTimeout = Timeout.InfiniteTimeSpan } },
                { "MaxEmptySections", o => o with { MaxEmptySections = 0 } },
                { "MaxEmptySections", o => o with { MaxEmptySections = -1 } },
                { "MaxEmptySections", o => o with { MaxEmptySections = 1001 } },
                { "MaxPreparing", o => o with { MaxPreparing = 0 } },
                { "MaxPreparing", o => o with { MaxPreparing = 100_001 } },
            };
            foreach (TimeSpan time in BadTimes)
            {
                all.Add("NoProgressTimeout", o => o with { NoProgressTimeout = time });
                all.Add("ReadinessTimeout", o => o with { ReadinessTimeout = time });
                all.Add("AbortTimeout", o => o with { AbortTimeout = time });
            }

            return all;
        }
    }

    public static TheoryData<TimeSpan> BadLeases => [.. BadTimes, Timeout.InfiniteTimeSpan];

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_refused_and_the_bus_stays_free(string member, Func<BackupEngineOptions, BackupEngineOptions> change) =>
        VirtualTime.Run(async time =>
        {
            using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
            BackupEngineOptions good = new()
            {
                Bus = store.Open(SecureId.Engine), TimeProvider = time.Clock, Scheduler = time.Scheduler,
            };

            ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => BackupEngine.StartAsync(change(good)));

            Assert.Contains(member, refused.Message, StringComparison.Ordinal);
            await using BackupEngine engine = await BackupEngine.StartAsync(good);
        });

    [Fact]
    public void An_engine_without_the_identity_of_engines_is_refused() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        InProcessTransport transport = new();
        BackupEngineOptions bad = new()
        {
            Bus = store.Open(store.MintIdentity(new SecureId(5))), TimeProvider = time.Clock, Scheduler = time.Scheduler, Transport = transport,
        };

        ConnException refused = await Assert.ThrowsAsync<ConnException>(() => BackupEngine.StartAsync(bad));

        Assert.Equal(ErrorCode.AccessDenied, refused.Code);
        await using BackupEngine engine = await BackupEngine.StartAsync(bad with { Bus = store.Open(SecureId.Engine) });
    });

    [Theory]
    [MemberData(nameof(BadLeases), DisableDiscoveryEnumeration = true)]
    public void A_lease_out_of_its_range_is_refused_by_client_and_engine(TimeSpan lease) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");

        ArgumentException byClient = await Assert.ThrowsAnyAsync<ArgumentException>(async () =>
            await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, null, host.ClientOptions("one") with { Lease = lease }, HostFixture.Never));
        ConnException byEngine = await Assert.ThrowsAsync<ConnException>(async () => await host.Engine.Transport.ConnectAsync(
            new OwnerConnection(sid, new TestChannel(TestChannel.Obedient)) { Lease = lease }, HostFixture.Never));

        Assert.Contains("Lease", byClient.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.Argument, byEngine.Code);
        Assert.Contains("lease", byEngine.Message, StringComparison.Ordinal);
        Assert.Equal(DataOwnerStatus.NotConnected, Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never)).Status);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Clients_and_participants_without_scheduler_or_clock_are_refused(bool clock) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        ActiveBackupClientOptions bad = clock ? host.ClientOptions("one") with { TimeProvider = null! } : host.ClientOptions("one") with { Scheduler = null! };

        await Assert.ThrowsAnyAsync<ArgumentException>(async () =>
            await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, null, bad, HostFixture.Never));
        Assert.ThrowsAny<ArgumentException>(
            () => new DataOwnerParticipant(host.OpenBus(sid), host.Engine.Transport, sid, null, new DataOwnerParticipantOptions { Client = bad }));

        await using ActiveBackupClient next = await host.ConnectAsync(sid, null);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_infinite_no_progress_timeout_is_no_watchdog(bool ofTheOwner) => VirtualTime.Run(async time =>
    {
        TimeSpan infinite = Timeout.InfiniteTimeSpan;
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => ofTheOwner ? o : o with { NoProgressTimeout = infinite });
        using ScriptedDataOwner owner = host.Owner("slow");
        owner.On(OwnerCallKind.GetBackupDataSection, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(20), t));
        await host.AddAsync("slow", owner, r => ofTheOwner ? r with { NoProgressTimeout = infinite } : r);
        await host.AddOwnerAsync("other");

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed > TimeSpan.FromHours(20), $"Expected: the owner is waited for. Actual: the backup ended after {time.Elapsed}.");
    });

    [Fact]
    public void An_infinite_no_progress_timeout_does_not_prevent_an_abort() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = Timeout.InfiniteTimeSpan });
        using ScriptedDataOwner owner = await host.AddOwnerAsync("hangs");
        owner.Hang(OwnerCallKind.GetBackupDataSection);
        using CancellationTokenSource abort = new(TimeSpan.FromHours(1), time.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.BackupAsync(abort: abort.Token));

        host.AssertNormal();
        Assert.InRange(time.Elapsed, TimeSpan.FromHours(1), TimeSpan.FromHours(1) + TimeSpan.FromSeconds(6));
    });

    [Fact]
    public void An_infinite_readiness_timeout_waits_for_an_owner_that_connects_late() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { ReadinessTimeout = Timeout.InfiniteTimeSpan });
        SecureId sid = await host.RegisterAsync("late");
        using ScriptedDataOwner owner = host.Owner("late");

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromHours(20));
        await host.ConnectReadyAsync(sid, owner);

        Assert.Equal(OperationOutcome.Succeeded, (await running).Outcome);
    });

    [Fact]
    public void The_time_out_of_an_owner_takes_the_place_of_the_engines() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner patient = await AddAsync("patient", TimeSpan.FromMinutes(10));
        using ScriptedDataOwner impatient = await AddAsync("impatient", TimeSpan.FromSeconds(2));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.Success, ErrorCode.TimedOut), (report.Of("patient").Error, report.Of("impatient").Error));

        async Task<ScriptedDataOwner> AddAsync(string name, TimeSpan timeout)
        {
            ScriptedDataOwner owner = host.Owner(name);
            owner.On(OwnerCallKind.InitialiseGetBackupData, async (_, t) => await time.DelayAsync(TimeSpan.FromMinutes(5), t));
            await host.AddAsync(name, owner, r => r with { NoProgressTimeout = timeout });
            return owner;
        }
    });
}
