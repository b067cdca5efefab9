using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What a participant does when preparing, telling or ending goes wrong.</summary>
public sealed class ParticipantTests
{
    [Fact]
    public void A_refused_confirmation_is_told_by_its_task_and_not_by_the_call() => VirtualTime.Run(async time =>
    {
        SilentEngine engine = new();
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine.Transport, SilentEngine.One, null, SilentEngine.Options(time), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.General, HostFixture.Never);

        Task again = client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never).AsTask();

        await Assert.ThrowsAsync<IllegalEventException>(() => again);
    });

    [Fact]
    public void A_participant_whose_scheduler_is_gone_says_so_and_can_be_disposed() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(mode);
        DyingScheduler scheduler = new(time.Scheduler);
        List<Exception> told = [];
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), new SilentEngine().Transport, SilentEngine.One, null,
            new DataOwnerParticipantOptions { Client = SilentEngine.Options(time) with { Scheduler = scheduler }, OnError = told.Add });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        scheduler.DiesInNextTurn = true;
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.IsType<ObjectDisposedException>(Assert.Single(told));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_participant_can_be_disposed_while_it_tells_the_engine_of_its_failure(bool handlerThrows) => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(mode);
        SilentEngine engine = new() { Confirming = t => new ValueTask(time.DelayAsync(TimeSpan.FromHours(20), t)) };
        int told = 0;
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), engine.Transport, SilentEngine.One, null, new DataOwnerParticipantOptions
        {
            Client = SilentEngine.Options(time),
            PrepareAsync = (_, _, _) => throw new InvalidOperationException("cannot prepare"),
            OnError = _ =>
            {
                told++;
                if (handlerThrows)
                {
                    throw new FormatException("cannot tell");
                }
            },
        });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(1, told);
        Assert.Equal([ErrorCode.General], engine.Told);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(2));
    });

    [Fact]
    public void A_participant_whose_error_handler_throws_takes_part_in_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.RegisterAsync("one");
        int prepared = 0;
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one"),
            PrepareAsync = (_, _, _) => prepared++ > 0 ? new(ErrorCode.None) : throw new ConnException(ErrorCode.DiskFull, "no room"),
            OnError = _ => throw new FormatException("cannot tell"),
        });

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.DiskFull), (first.Of("one").Outcome, first.Of("one").Error));
        Assert.Equal(OperationOutcome.Succeeded, second.Outcome);
        Assert.Equal(1, participant.ErrorHandlerFailures);
        Assert.IsType<FormatException>(participant.LastErrorHandlerFailure);
    });

    [Fact]
    public void A_participant_hears_of_a_session_that_fails_and_still_ends() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        SystemProperties.DefineBackupRestoreKey(mode);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the wire broke") };
        List<Exception> heard = [];
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), engine.Transport, SilentEngine.One, null,
            new DataOwnerParticipantOptions { Client = SilentEngine.Options(time), OnError = heard.Add });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(["the wire broke", "the wire broke"], heard.Select(e => e.Message));
    });

    [Fact]
    public void A_participant_ends_although_what_its_preparation_registered_throws() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.RegisterAsync("one", r => r with { Policy = OwnerPolicy.BestEffort });
        List<Exception> heard = [];
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one"),
            OnError = heard.Add,
            PrepareAsync = async (_, _, t) =>
            {
                t.Register(() => throw new FormatException("cannot stop"));
                await time.DelayAsync(TimeSpan.FromSeconds(10), t);
                return ErrorCode.None;
            },
        });
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.IsType<FormatException>(Assert.IsType<AggregateException>(Assert.Single(heard)).GetBaseException());
        Assert.Equal(OwnerOutcome.Failed, (await running).Of("one").Outcome);
        await using ActiveBackupClient next = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), HostFixture.Never);
    });
}
