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

/// <summary>The end of a lease when the owner or the engine fails in it.</summary>
public sealed class LeaseExpiryTests
{
    [Fact]
    public void The_engine_is_informed_of_an_expired_lease_although_the_owner_fails_to_terminate() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        owner.On(OwnerCallKind.TerminateMultiStageOperation, (_, _) => throw new InvalidOperationException("cannot terminate"));
        SilentEngine engine = new();
        ActiveBackupClient client = await engine.ConnectAsync(time, owner);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
        Assert.Equal([ErrorCode.LeaseExpired], engine.Confirmed);
    });

    [Fact]
    public void The_engine_is_informed_of_an_expired_lease_although_the_owner_hangs() => VirtualTime.Run(async time =>
    {
        using ScriptedDataOwner owner = new("one", new CallbackTrace(time));
        owner.Hang(OwnerCallKind.TerminateMultiStageOperation);
        SilentEngine engine = new();
        ActiveBackupClient client = await engine.ConnectAsync(time, owner);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([ErrorCode.LeaseExpired], engine.Confirmed);
    });

    [Fact]
    public void An_owner_is_terminated_although_the_engine_cannot_be_informed() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the wire broke") };
        ActiveBackupClient client = await engine.ConnectAsync(time, owner);

        await client.Ended;
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
    });

    [Fact]
    public void A_callback_that_waits_for_its_token_is_cancelled_when_the_lease_expires() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        bool cancelled = false;
        owner.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
        {
            t.Register(() => throw new FormatException("cannot stop"));
            t.Register(() => cancelled = true);
            await time.DelayAsync(TimeSpan.FromHours(20), t);
        });
        SilentEngine engine = new();
        ActiveBackupClient client = await engine.ConnectAsync(time, owner);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        IOwnerChannel channel = engine.Channel!;
        await channel.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base))),
            HostFixture.Never);
        Task<OwnerCallResult> running = channel.InvokeAsync(OwnerCall.AllSnapshotsSupplied(), HostFixture.Never).AsTask();

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.True(cancelled);
        Assert.Equal(ErrorCode.Cancel, (await running).Failure!.Code);
        Assert.Equal("TerminateMultiStageOperation", trace.Of("one")[^1]);
        Assert.Equal([ErrorCode.Success, ErrorCode.LeaseExpired], engine.Confirmed);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lease_that_expires_while_the_owner_connects_is_reported_as_that(bool restore) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        await host.ConnectReadyAsync(sid, one);
        await host.BackupAsync();
        SkippingClock clock = new(time.Clock);
        SlowTransport slow = new(host.Engine.Transport, async () =>
        {
            clock.Skip();
            await time.DelayAsync(TimeSpan.FromSeconds(1));
        });
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), slow, sid, one,
            new DataOwnerParticipantOptions { Client = host.ClientOptions("one") with { TimeProvider = clock } });
        TimeSpan from = time.Elapsed;

        OwnerReport report = restore ? (await host.RestoreAsync()).Of("one") : (await host.BackupAsync()).Of("one");

        Assert.Equal((ErrorCode.LeaseExpired, true), (report.Error, time.Elapsed - from < TimeSpan.FromSeconds(2)));
    });

    /// <summary>A transport that takes its time after the engine has accepted.</summary>
    private sealed class SlowTransport(IActiveBackupTransport inner, Func<Task> wait) : IActiveBackupTransport
    {
        public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            IEngineSession session = await inner.ConnectAsync(connection, cancellationToken);
            await wait();
            return session;
        }
    }
}
