using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A bounded number of owners is asked at once while they get ready, and those that wait for their turn lose nothing by it.</summary>
public sealed class PreparingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 6)]
    [InlineData(2, 3)]
    [InlineData(64, 1)]
    public void No_more_owners_than_the_bound_are_asked_at_once(int most, int seconds) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = most });
        int inside = 0;
        int highest = 0;
        for (int i = 0; i < 6; i++)
        {
            ScriptedDataOwner owner = await host.AddOwnerAsync($"owner{i}");
            owner.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
            {
                highest = Math.Max(highest, ++inside);
                await time.DelayAsync(Second, t);
                inside--;
            });
        }

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, Math.Min(most, 6)), (report.Outcome, highest));
        Assert.InRange(time.Elapsed, seconds * Second, (seconds * Second) + Second);
    });

    [Fact]
    public void Owners_that_never_connect_are_waited_for_together_and_not_one_after_the_other() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        for (uint i = 0; i < 5; i++)
        {
            await host.Engine.RegisterAsync(new DataOwnerRegistration($"absent{i}", new SecureId(0x30001000 + i)) { Policy = OwnerPolicy.BestEffort });
        }

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Succeeded), (report.Outcome, report.Of("good").Outcome));
        Assert.All(report.Owners.Where(o => o.Name != "good"), o => Assert.Equal(ErrorCode.TimedOut, o.Error));
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
    });

    [Fact]
    public void Owners_of_a_restore_that_are_never_ready_are_waited_for_together() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        bool hangs = false;
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        for (int i = 0; i < 5; i++)
        {
            await host.AddOwnerAsync($"hangs{i}", OwnerPolicy.BestEffort, participate: p => p with
            {
                PrepareAsync = async (_, _, t) =>
                {
                    await (hangs ? time.DelayAsync(TimeSpan.FromHours(1), t) : Task.CompletedTask);
                    return ErrorCode.Success;
                },
            });
        }

        await host.BackupAsync();
        hangs = true;
        TimeSpan from = time.Elapsed;

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Succeeded), (report.Outcome, report.Of("good").Outcome));
        Assert.All(report.Owners.Where(o => o.Name != "good"), o => Assert.Equal(ErrorCode.TimedOut, o.Error));
        Assert.InRange(time.Elapsed - from, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
    });

    [Fact]
    public void Progress_that_an_owner_reports_before_its_turn_counts_for_its_readiness() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        foreach (int steps in (int[])[10, 12])
        {
            await host.AddOwnerAsync($"owner{steps}", participate: p => p with
            {
                PrepareAsync = async (client, _, t) =>
                {
                    for (int i = 0; i < steps; i++)
                    {
                        await time.DelayAsync(TimeSpan.FromSeconds(20), t);
                        client.ReportProgress();
                    }

                    return ErrorCode.Success;
                },
            });
        }

        await host.BackupAsync();

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, ""), (report.Outcome, string.Join(' ', report.Owners.SelectMany(o => o.Errors))));
    });

    [Theory]
    [InlineData(1, 5)]
    [InlineData(64, 200)]
    public void Owners_of_a_backup_that_connect_and_are_never_ready_are_waited_for_together(int most, int count) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = most });
        for (int i = 0; i < count; i++)
        {
            await host.AddOwnerAsync($"hangs{i}", OwnerPolicy.BestEffort, p => p with
            {
                PrepareAsync = async (_, _, t) =>
                {
                    await time.DelayAsync(TimeSpan.FromHours(10), t);
                    return ErrorCode.Success;
                },
            });
        }

        using ScriptedDataOwner good = await host.AddOwnerAsync("good");

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
    });

    [Fact]
    public void No_more_owners_than_the_bound_are_asked_at_once_also_with_managers() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [1]);
        manager.Keep(2, "kept");
        int inside = 0;
        int highest = 0;
        foreach (ScriptedDataOwner owner in (ScriptedDataOwner[])[manager, served])
        {
            owner.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
            {
                highest = Math.Max(highest, ++inside);
                await time.DelayAsync(TimeSpan.FromSeconds(1), t);
                inside--;
            });
        }

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, 1), (report.Outcome, highest));
    });
}
