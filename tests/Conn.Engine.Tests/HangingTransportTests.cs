using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Participants whose transport hangs or breaks in one operation.</summary>
public sealed class HangingTransportTests
{
    [Fact]
    public void A_participant_whose_connection_broke_after_an_operation_takes_part_in_the_next_one() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        SecureId sid = await host.RegisterAsync("owner");
        List<Exception> errors = [];
        BreakingTransport transport = new(host.Engine.Transport);
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), transport, sid, owner,
            new DataOwnerParticipantOptions { Client = host.ClientOptions("owner") with { OnError = errors.Add } });
        using IDisposable watch = host.Engine.Progress.Subscribe(p => transport.IsBroken |= p.Phase == OperationPhase.Indexed);

        BackupReport first = await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        BackupReport second = await host.BackupAsync();

        Assert.Equal(OwnerOutcome.Succeeded, first.Of("owner").Outcome);
        Assert.Equal(OwnerOutcome.Succeeded, second.Of("owner").Outcome);
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.IsType<IOException>(e));
    });

    [Theory]
    [InlineData("affects")]
    [InlineData("confirm")]
    [InlineData("mode")]
    [InlineData("dispose")]
    public void A_participant_whose_engine_does_not_answer_in_one_operation_takes_part_in_a_later_one(string hangs) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        SecureId sid = await host.RegisterAsync("owner");
        List<Exception> errors = [];
        HangingTransport transport = new(host.Engine.Transport, hangs);
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), transport, sid, owner,
            new DataOwnerParticipantOptions { Client = host.ClientOptions("owner") with { OnError = errors.Add } });

        BackupReport first = await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromMinutes(10)); // the lease is long over
        BackupReport second = await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromMinutes(10));
        BackupReport third = await host.BackupAsync();

        Assert.Equal(hangs is "affects" or "confirm" ? OwnerOutcome.Failed : OwnerOutcome.Succeeded, first.Of("owner").Outcome);
        Assert.Equal([OwnerOutcome.Succeeded, OwnerOutcome.Succeeded], [second.Of("owner").Outcome, third.Of("owner").Outcome]);
        Assert.Equal(hangs is "dispose" ? 1 : 0, errors.Count);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_that_is_made_too_late_is_closed_and_one_that_fails_is_reported(bool fails) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        SecureId sid = await host.RegisterAsync("owner");
        TaskCompletionSource up = new();
        List<Exception> errors = [];
        await using DataOwnerParticipant participant = new(host.OpenBus(sid), new LateTransport(host.Engine.Transport, up.Task), sid, owner,
            new DataOwnerParticipantOptions { Client = host.ClientOptions("owner") with { OnError = errors.Add } });

        BackupReport first = await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.TimedOut, Assert.IsType<OwnerLeftOutException>(Assert.Single(errors)).Code);
        if (fails)
        {
            up.SetException(new IOException("The process ended."));
        }
        else
        {
            up.SetResult();
        }

        await time.DelayAsync(TimeSpan.FromSeconds(1));
        OwnerStanding standing = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, OwnerOutcome.Succeeded), (first.Of("owner").Outcome, second.Of("owner").Outcome));
        Assert.Equal((fails ? 2 : 1, DataOwnerStatus.NotConnected), (errors.Count, standing.Status));
    });

    [Fact]
    public void A_participant_that_is_disposed_while_it_connects_reports_nothing_and_ends() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        SecureId sid = await host.RegisterAsync("owner", r => r with { Policy = OwnerPolicy.BestEffort });
        List<Exception> errors = [];
        DataOwnerParticipant participant = new(host.OpenBus(sid), new LateTransport(host.Engine.Transport, new TaskCompletionSource().Task), sid, owner,
            new DataOwnerParticipantOptions { Client = host.ClientOptions("owner") with { OnError = errors.Add } });
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));
        TimeSpan from = time.Elapsed;

        await participant.DisposeAsync();

        Assert.Empty(errors);
        Assert.InRange(time.Elapsed - from, TimeSpan.Zero, TimeSpan.FromMilliseconds(10));
        Assert.Equal(ErrorCode.TimedOut, (await running).Of("owner").Error);
    });

    [Fact]
    public void A_scheduler_that_refuses_work_for_a_while_keeps_the_owner_from_no_later_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("owner");
        RefusingScheduler scheduler = new(time.Scheduler);
        await host.AddAsync("owner", owner, participate: p => p with
        {
            Client = p.Client with { Scheduler = scheduler }, PrepareAsync = (_, _, _) => new(ErrorCode.Success),
        });
        await host.BackupAsync();
        scheduler.Refusals = int.MaxValue;
        BackupReport second = await host.BackupAsync();
        scheduler.Refusals = 0;
        BackupReport third = await host.BackupAsync();

        Assert.Equal(OwnerOutcome.Failed, second.Of("owner").Outcome);
        Assert.Equal(OwnerOutcome.Succeeded, third.Of("owner").Outcome);
    });

    private sealed class HangingTransport(IActiveBackupTransport inner, string hangs) : IActiveBackupTransport
    {
        private bool _hung;

        public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            IEngineSession session = await inner.ConnectAsync(connection, cancellationToken);
            if (_hung)
            {
                return session;
            }

            _hung = true;
            return new HangingSession(session, hangs);
        }
    }

    /// <summary>Does not answer one kind of request.</summary>
    private sealed class HangingSession(IEngineSession inner, string hangs) : IEngineSession
    {
        private async Task ForAsync(string what) => await (what == hangs ? new TaskCompletionSource().Task : Task.CompletedTask);

        public async ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken)
        {
            await ForAsync("mode");
            return await inner.BurModeInfoAsync(cancellationToken);
        }

        public async ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken)
        {
            await ForAsync("affects");
            return await inner.DoesPartialBurAffectMeAsync(cancellationToken);
        }

        public async ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
        {
            await ForAsync("confirm");
            await inner.ConfirmReadyForBurAsync(code, cancellationToken);
        }

        public void ReportProgress() => inner.ReportProgress();

        public async ValueTask DisposeAsync()
        {
            await ForAsync("dispose");
            await inner.DisposeAsync();
        }
    }

    /// <summary>The first connection is made when a test says so, and cannot be taken back.</summary>
    private sealed class LateTransport(IActiveBackupTransport inner, Task up) : IActiveBackupTransport
    {
        private bool _isLate = true;

        public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            if (_isLate)
            {
                _isLate = false;
                await up;
            }

            return await inner.ConnectAsync(connection, CancellationToken.None);
        }
    }

    /// <summary>A connection that breaks when a test says so.</summary>
    private sealed class BreakingTransport(IActiveBackupTransport inner) : IActiveBackupTransport
    {
        public bool IsBroken { get; set; }

        public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            IsBroken = false;
            TestChannel channel = new(connection.Channel.InvokeAsync, () => IsBroken ? default : connection.Channel.DisposeAsync());
            return new BreakingSession(this, await inner.ConnectAsync(new OwnerConnection(connection.Owner, channel) { HasCallbacks = connection.HasCallbacks, Lease = connection.Lease }, cancellationToken));
        }
    }

    /// <summary>Its session.</summary>
    private sealed class BreakingSession(BreakingTransport transport, IEngineSession inner) : IEngineSession
    {
        private IEngineSession Inner => transport.IsBroken ? throw new IOException("The connection was reset by the peer.") : inner;

        public async ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => await Inner.BurModeInfoAsync(cancellationToken);

        public async ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => await Inner.DoesPartialBurAffectMeAsync(cancellationToken);

        public async ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => await Inner.ConfirmReadyForBurAsync(code, cancellationToken);

        public void ReportProgress() => Inner.ReportProgress();

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            _ = Inner;
        }
    }

    /// <summary>Refuses work as often as a test says.</summary>
    private sealed class RefusingScheduler(IScheduler inner) : IScheduler
    {
        public int Refusals { get; set; }

        public DateTimeOffset Now => inner.Now;

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action) =>
            Refusals-- > 0 ? throw new InvalidOperationException("The queue is full.") : inner.Schedule(state, action);

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(state, dueTime, action);

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(state, dueTime, action);
    }
}
