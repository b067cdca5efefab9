using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>A proxy manager that still prepares when its operation ends: it is terminated before the mode is Normal, and not waited for.</summary>
public sealed class HelperPreparationTests
{
    private static readonly TimeSpan Preparation = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_manager_that_still_prepares_when_a_backup_ends_is_terminated_before_the_mode_is_normal(bool aborts, bool inCall) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        Preparing preparing = new(time) { IsSlow = true };
        using ScriptedDataOwner manager = await AddManagerAsync(host, preparing, inCall);
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [1], OwnerPolicy.BestEffort,
            p => aborts ? p : p with { PrepareAsync = (_, _, _) => new(new ErrorCode(-7)) });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using CancellationTokenSource abort = new(aborts ? TimeSpan.FromSeconds(1) : Preparation, time.Clock);

        Task<BackupReport> running = host.BackupAsync(r => r with { Owners = [Sid(2), Sid(3)] }, abort.Token);
        Exception? failure = await Record.ExceptionAsync(() => running);

        Assert.InRange(time.Elapsed, TimeSpan.Zero, Soon);
        Assert.Equal(aborts, failure is OperationCanceledException);
        Assert.True(aborts || (running.Result.Of("served").Error.Value == -7 && running.Result.Of("good").Outcome == OwnerOutcome.Succeeded));
        await AssertEndedAsync(host, preparing);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_manager_that_still_prepares_when_a_restore_ends_is_terminated_before_the_mode_is_normal(bool aborts) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        Preparing preparing = new(time);
        using ScriptedDataOwner manager = await AddManagerAsync(host, preparing, inCall: true);
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [1]);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackupAsync();
        preparing.IsSlow = true;
        other.On(OwnerCallKind.Recover, (_, _) => aborts ? default : throw new ConnException(ErrorCode.DiskFull, "no room"));
        using CancellationTokenSource abort = new(aborts ? TimeSpan.FromSeconds(1) : Preparation, time.Clock);

        Task<RestoreReport> running = host.RestoreAsync(r => r with { Owners = [Sid(2), Sid(3)] }, abort.Token);
        Exception? failure = await Record.ExceptionAsync(() => running);

        Assert.InRange(time.Elapsed, TimeSpan.Zero, Soon);
        Assert.Equal(aborts, failure is OperationCanceledException);
        Assert.True(aborts || (running.Result.Of("other").Error == ErrorCode.DiskFull && !running.Result.Committed));
        await AssertEndedAsync(host, preparing);
    });

    /// <summary>A manager that takes long to be ready: in its author's preparation, or in its first call.</summary>
    private static Task<ScriptedDataOwner> AddManagerAsync(VirtualHost host, Preparing preparing, bool inCall)
    {
        ScriptedDataOwner manager = new("manager", host.Trace);
        manager.On(OwnerCallKind.Recover, async (_, t) => await (inCall ? preparing.RunAsync(t) : Task.CompletedTask));
        return AddAsync();

        async Task<ScriptedDataOwner> AddAsync()
        {
            await host.AddAsync("manager", manager, r => r with { ActiveType = ActiveType.ProxyOnly }, p => p with
            {
                PrepareAsync = async (_, _, t) =>
                {
                    await (inCall ? Task.CompletedTask : preparing.RunAsync(t));
                    return ErrorCode.Success;
                },
            });
            return manager;
        }
    }

    private static async Task AssertEndedAsync(VirtualHost host, Preparing preparing)
    {
        await host.Time.DelayAsync(TimeSpan.FromMilliseconds(1));
        List<string> lines = [.. host.Trace.Lines];
        int terminated = lines.FindLastIndex(l => l.EndsWith(" manager TerminateMultiStageOperation", StringComparison.Ordinal));
        Assert.InRange(terminated, 0, lines.FindLastIndex(l => l.EndsWith("mode Normal", StringComparison.Ordinal)));
        Assert.True(preparing.IsCancelled, "Expected: the preparation is cancelled. Actual: it goes on.");
        host.AssertNormal();
        preparing.IsSlow = false;
        Assert.Equal(OwnerOutcome.Succeeded, (await host.BackupAsync()).Of("manager").Outcome);
    }

    /// <summary>What a manager does before it is ready.</summary>
    private sealed class Preparing(VirtualTime time)
    {
        public bool IsSlow { get; set; }

        public bool IsCancelled { get; private set; }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            if (IsSlow)
            {
                using CancellationTokenRegistration cancelled = cancellationToken.Register(() => IsCancelled = true);
                await time.DelayAsync(Preparation, cancellationToken);
            }
        }
    }
}
