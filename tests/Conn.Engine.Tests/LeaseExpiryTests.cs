using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The end of a lease, when not even that goes well.</summary>
public sealed class LeaseExpiryTests
{
    [Fact]
    public void The_engine_is_told_of_an_expired_lease_although_the_owner_could_not_let_go() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        owner.On(CallbackKind.TerminateMultiStageOperation, (_, _) => throw new InvalidOperationException("cannot let go"));
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, SilentEngine.One, owner, SilentEngine.Options(time), HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
        Assert.Equal([ErrorCode.LeaseExpired], engine.Told);
    });

    [Fact]
    public void The_engine_is_told_of_an_expired_lease_although_the_owner_hangs() => VirtualTime.Run(async time =>
    {
        using ScriptedDataOwner owner = new("one", new CallbackTrace(time));
        owner.Hang(CallbackKind.TerminateMultiStageOperation);
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, SilentEngine.One, owner, SilentEngine.Options(time), HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([ErrorCode.LeaseExpired], engine.Told);
    });

    [Fact]
    public void An_owner_is_freed_although_the_engine_it_tells_is_broken() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the wire broke") };
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, SilentEngine.One, owner, SilentEngine.Options(time), HostFixture.Never);

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
        owner.On(CallbackKind.AllSnapshotsSupplied, async (_, t) =>
        {
            t.Register(() => throw new FormatException("cannot stop"));
            t.Register(() => cancelled = true);
            await time.DelayAsync(TimeSpan.FromHours(20), t);
        });
        SilentEngine engine = new();
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, SilentEngine.One, owner, SilentEngine.Options(time), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        IOwnerEndpoint endpoint = engine.Endpoint!;
        endpoint.BeginOperation(new BurModeInfo(DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base)));
        ValueTask running = endpoint.Callbacks!.AllSnapshotsSuppliedAsync(HostFixture.Never);

        Assert.Equal(ErrorCode.LeaseExpired, await client.Ended);
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.True(cancelled);
        Assert.Equal(ErrorCode.Cancel, (await Assert.ThrowsAsync<ConnException>(async () => await running)).Code);
        Assert.Equal("TerminateMultiStageOperation", trace.Of("one")[^1]);
        Assert.Equal([ErrorCode.None, ErrorCode.LeaseExpired], engine.Told);
    });
}
