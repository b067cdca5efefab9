using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The author's PrepareAsync: it is cancelled with its operation, and nothing waits for one that does not return.</summary>
public sealed class PreparationTests
{
    [Fact]
    public void A_preparation_is_cancelled_when_its_operation_is_aborted() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        Preparation slow = await SlowAsync(host, "slow");
        using CancellationTokenSource abort = new(TimeSpan.FromSeconds(5), time.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.BackupAsync(abort: abort.Token));
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.InRange(slow.CancelledAt, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10.5));
        Assert.Empty(host.ParticipantErrors);
    });

    [Fact]
    public void A_preparation_that_takes_too_long_is_cancelled_when_its_operation_ends() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        Preparation slow = await SlowAsync(host, "slow");

        BackupReport report = await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(ErrorCode.TimedOut, report.Of("slow").Error);
        Assert.InRange(slow.CancelledAt, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(66));
    });

    [Fact]
    public void A_preparation_is_cancelled_when_another_required_owner_ends_the_restore() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner refuses = host.Owner("refuses");
        bool refuse = false;
        await host.AddAsync("refuses", refuses, participate: p => p with { PrepareAsync = (_, _, _) => new(refuse ? new ErrorCode(-7) : ErrorCode.Success) });
        Preparation slow = new(time);
        using ScriptedDataOwner owner = host.Owner("slow");
        bool prepares = false;
        await host.AddAsync("slow", owner, r => r with { Policy = OwnerPolicy.BestEffort }, p =>
            p with { PrepareAsync = (_, _, t) => prepares ? slow.RunAsync(t) : new(ErrorCode.Success) });
        await host.BackupAsync();
        (refuse, prepares) = (true, true);
        TimeSpan started = time.Elapsed;

        RestoreReport report = await host.RestoreAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((OperationOutcome.Failed, -7), (report.Outcome, report.Of("refuses").Error.Value));
        Assert.InRange(slow.CancelledAt - started, TimeSpan.Zero, TimeSpan.FromSeconds(5.5));
    });

    [Fact]
    public void A_preparation_that_ignores_its_cancellation_delays_neither_the_host_nor_the_end_of_its_participant() => VirtualTime.Run(async time =>
    {
        TimeSpan disposed = TimeSpan.Zero;
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner good = await host.AddOwnerAsync("good");
            await host.AddAsync("deaf", host.Owner("deaf"), participate: p => p with { PrepareAsync = async (_, _, _) =>
            {
                await new TaskCompletionSource().Task;
                return ErrorCode.Success;
            } });

            BackupReport report = await host.BackupAsync();

            Assert.Equal((ErrorCode.Success, ErrorCode.TimedOut), (report.Of("good").Error, report.Of("deaf").Error));
            host.AssertNormal();
            disposed = time.Elapsed;
        }

        Assert.True(time.Elapsed - disposed < TimeSpan.FromSeconds(5.5), $"expected a dispose within 5.5 s, actual {time.Elapsed - disposed}");
    });

    [Fact]
    public void A_participant_disposed_in_the_middle_of_a_hung_preparation_waits_five_seconds_for_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("deaf");
        using ScriptedDataOwner owner = host.Owner("deaf");
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("deaf"), PrepareAsync = (_, _, _) => new(new TaskCompletionSource<ErrorCode>().Task),
        });
        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(5));

        await participant.DisposeAsync();
        TimeSpan disposed = time.Elapsed;
        BackupReport report = await running;

        Assert.InRange(disposed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10.5));
        Assert.Equal(OwnerOutcome.Failed, report.Of("deaf").Outcome);
    });

    [Fact]
    public void An_owner_whose_preparation_still_runs_takes_part_in_no_operation_until_it_returns() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("late");
        int inside = 0;
        await host.AddAsync("late", owner, participate: p => p with { PrepareAsync = async (_, _, _) =>
        {
            Assert.Equal(1, ++inside);
            await time.DelayAsync(TimeSpan.FromSeconds(inside == 1 && time.Elapsed < TimeSpan.FromSeconds(1) ? 90 : 0), CancellationToken.None);
            inside--;
            return ErrorCode.Success;
        } });

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((ErrorCode.TimedOut, ErrorCode.Success), (first.Of("late").Error, second.Of("late").Error));
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(90));
    });

    [Theory]
    [InlineData("abort")]
    [InlineData("time-out")]
    public void PrepareRestore_is_cancelled_with_its_operation(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        Preparation slow = new(time);
        owner.On(OwnerCallKind.PrepareRestore, async (_, t) => await slow.RunAsync(t));
        using CancellationTokenSource abort = new(how == "abort" ? TimeSpan.FromSeconds(5) : TimeSpan.FromHours(1), time.Clock);

        if (how == "abort")
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.RestoreAsync(abort.Token));
        }
        else
        {
            Assert.Equal(ErrorCode.TimedOut, (await host.RestoreAsync(abort.Token)).Of("one").Error);
        }

        await time.DelayAsync(TimeSpan.FromSeconds(1));
        Assert.InRange(slow.CancelledAt, TimeSpan.FromSeconds(how == "abort" ? 5 : 60), TimeSpan.FromSeconds(how == "abort" ? 6 : 61));
    });

    private static async Task<Preparation> SlowAsync(VirtualHost host, string name)
    {
        Preparation slow = new(host.Time);
        await host.AddAsync(name, host.Owner(name), participate: p => p with { PrepareAsync = (_, _, t) => slow.RunAsync(t) });
        return slow;
    }

    /// <summary>Takes an hour, unless it is cancelled, and notes when it was.</summary>
    private sealed class Preparation(VirtualTime time)
    {
        public TimeSpan CancelledAt { get; private set; } = TimeSpan.MaxValue;

        public async ValueTask<ErrorCode> RunAsync(CancellationToken cancellationToken)
        {
            try
            {
                await time.DelayAsync(TimeSpan.FromHours(1), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                CancelledAt = time.Elapsed;
                throw;
            }

            return ErrorCode.Success;
        }
    }
}
