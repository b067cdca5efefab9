using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What a participant does when it fails to prepare, to report or to end.</summary>
public sealed class ParticipantTests
{
    [Fact]
    public void A_refused_confirmation_fails_its_task_and_does_not_throw_from_the_call() => VirtualTime.Run(async time =>
    {
        SilentEngine engine = new();
        await using ActiveBackupClient client = await engine.ConnectAsync(time, null);
        await client.ConfirmReadyForBurAsync(ErrorCode.General, HostFixture.Never);

        Task again = client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never).AsTask();

        await Assert.ThrowsAsync<IllegalEventException>(() => again);
    });

    [Fact]
    public void A_participant_whose_scheduler_is_disposed_reports_it_and_can_be_disposed() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        mode.Define(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition);
        DisposedScheduler scheduler = new(time.Scheduler);
        List<Exception> reported = [];
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), new SilentEngine().Transport, SilentEngine.One, null,
            new DataOwnerParticipantOptions { Client = SilentEngine.Options(time) with { Scheduler = scheduler, OnError = reported.Add } });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        scheduler.EndsWithNextWork = true;
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.IsType<ObjectDisposedException>(Assert.Single(reported));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_participant_can_be_disposed_while_it_reports_its_failure_to_the_engine(bool handlerThrows) => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        mode.Define(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition);
        SilentEngine engine = new() { Confirming = t => new ValueTask(time.DelayAsync(TimeSpan.FromHours(20), t)) };
        int reported = 0;
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), engine.Transport, SilentEngine.One, null,
            new DataOwnerParticipantOptions
        {
            Client = SilentEngine.Options(time) with
            {
                OnError = _ =>
                {
                    reported++;
                    if (handlerThrows)
                    {
                        throw new FormatException("cannot report");
                    }
                },
            },
            PrepareAsync = (_, _, _) => throw new InvalidOperationException("cannot prepare"),
        });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(1, reported);
        Assert.Equal([ErrorCode.General], engine.Confirmed);
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
            Client = host.ClientOptions("one") with { OnError = _ => throw new FormatException("cannot report") },
            PrepareAsync = (_, _, _) => prepared++ > 0 ? new(ErrorCode.Success) : throw new ConnException(ErrorCode.DiskFull, "no room"),
        });

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.DiskFull), (first.Of("one").Outcome, first.Of("one").Error));
        Assert.Equal(OperationOutcome.Succeeded, second.Outcome);
        Assert.Equal(1, participant.ErrorHandlerFailures);
        Assert.IsType<FormatException>(participant.LastErrorHandlerFailure);
    });

    [Fact]
    public void A_participant_reports_a_session_that_fails_and_still_ends() => VirtualTime.Run(async time =>
    {
        using PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        PropertyClient mode = store.Open(store.MintIdentity(SecureId.Engine));
        mode.Define(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition);
        SilentEngine engine = new() { Confirming = _ => throw new InvalidOperationException("the connection broke") };
        List<Exception> reported = [];
        DataOwnerParticipant participant = new(store.Open(store.MintIdentity(SilentEngine.One)), engine.Transport, SilentEngine.One, null,
            new DataOwnerParticipantOptions { Client = SilentEngine.Options(time) with { OnError = reported.Add } });
        mode.Set(SystemProperties.BackupRestoreKey, BurMode.Of(BurPartType.BackupFull, BackupIncType.Base).ToValue());
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.Equal(["the connection broke", "the connection broke"], reported.Select(e => e.Message));
    });

    [Fact]
    public void A_participant_ends_although_a_callback_of_its_preparations_token_throws() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        SecureId sid = await host.RegisterAsync("one", r => r with { Policy = OwnerPolicy.BestEffort });
        List<Exception> reported = [];
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("one") with { OnError = reported.Add },
            PrepareAsync = async (_, _, t) =>
            {
                t.Register(() => throw new FormatException("cannot stop"));
                await time.DelayAsync(TimeSpan.FromSeconds(10), t);
                return ErrorCode.Success;
            },
        });
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        await participant.DisposeAsync();

        Assert.IsType<FormatException>(Assert.IsType<AggregateException>(Assert.Single(reported)).GetBaseException());
        Assert.Equal(OwnerOutcome.Failed, (await running).Of("one").Outcome);
        await using ActiveBackupClient next = await host.ConnectAsync(sid, null);
    });

    [Fact]
    public void A_participant_whose_connection_hangs_takes_part_in_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        HangingOnce transport = new(host.Engine.Transport);
        await using DataOwnerParticipant participant = new(
            host.OpenBus(sid), transport, sid, one, new DataOwnerParticipantOptions { Client = host.ClientOptions("one") });

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((ErrorCode.TimedOut, ErrorCode.Success), (first.Of("one").Error, second.Of("one").Error));
    });

    /// <summary>A transport whose first connection waits until it is cancelled.</summary>
    private sealed class HangingOnce(IActiveBackupTransport inner) : IActiveBackupTransport
    {
        private bool _hung;

        public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            if (!_hung)
            {
                _hung = true;
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return await inner.ConnectAsync(connection, cancellationToken);
        }
    }
}
