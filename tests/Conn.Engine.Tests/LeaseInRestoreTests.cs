using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository.Restores;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A lease that expires between Prepare and Complete: the owner is terminated and keeps what it has prepared, until the next run settles it.</summary>
public sealed class LeaseInRestoreTests
{
    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(OwnerPolicy.Required)]
    [InlineData(OwnerPolicy.BestEffort)]
    public void Before_the_commit_what_was_prepared_is_kept_and_the_next_run_recovers_it(OwnerPolicy policy) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SkippingClock clock = new(time.Clock);
        using ScriptedDataOwner lapses = await AddAsync(host, "lapses", clock, policy);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await BackUpAndChangeAsync(host, lapses, other);
        other.On(OwnerCallKind.RestoreBaseDataSection, async (_, t) =>
        {
            await time.DelayAsync(TenSeconds, t);
            clock.Skip();
            await time.DelayAsync(TenSeconds, t);
        });

        RestoreReport report = await host.RestoreAsync();
        string[] calls = [.. host.Trace.Of("lapses")];
        (string Lapses, string Other) between = (lapses.Text(), other.Text());
        BackupReport next = await host.BackupAsync();

        bool committed = policy == OwnerPolicy.BestEffort;
        Assert.Equal((committed, ErrorCode.LeaseExpired), (report.Committed, report.Of("lapses").Error));
        Assert.Equal(["PrepareRestore C", "TerminateMultiStageOperation"], calls[^2..]);
        Assert.Equal(("now", committed ? "other: then" : "now"), between);
        Assert.Contains(next.Of("lapses").Notes, n => n.Contains("had prepared was removed", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "now"), (next.Outcome, lapses.Text()));
        Assert.DoesNotContain("ResumeRestore C", host.Trace.Of("lapses"));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Theory]
    [InlineData(OwnerPolicy.Required)]
    [InlineData(OwnerPolicy.BestEffort)]
    public void After_the_commit_what_was_prepared_is_kept_and_the_next_run_rolls_the_owner_forward(OwnerPolicy policy) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SkippingClock clock = new(time.Clock);
        using ScriptedDataOwner first = await host.AddOwnerAsync("first");
        using ScriptedDataOwner lapses = await AddAsync(host, "lapses", clock, policy);
        using ScriptedDataOwner last = await host.AddOwnerAsync("last");
        await BackUpAndChangeAsync(host, first, lapses, last);
        first.On(OwnerCallKind.RestoreComplete, async (call, t) =>
        {
            clock.Skip();
            await time.DelayAsync(TenSeconds, t);
        });

        RestoreReport report = await host.RestoreAsync();
        string[] calls = [.. host.Trace.Of("lapses")];
        string between = lapses.Text();
        RestoreRecord pending = Assert.Single(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        BackupReport next = await host.BackupAsync();

        Assert.Equal((true, ErrorCode.LeaseExpired), (report.Committed, report.Of("lapses").Error));
        Assert.Equal(policy == OwnerPolicy.Required ? OperationOutcome.Failed : OperationOutcome.Partial, report.Outcome);
        Assert.Equal(["PrepareRestore C", "TerminateMultiStageOperation"], calls[^2..]);
        Assert.Equal(("first: then", "now", "last: then"), (first.Text(), between, last.Text()));
        Assert.Equal(["lapses"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        Assert.Equal((OperationOutcome.Succeeded, "lapses: then"), (next.Outcome, lapses.Text()));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void In_its_own_completion_an_owner_whose_lease_expires_is_rolled_forward_by_the_next_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SkippingClock clock = new(time.Clock);
        using ScriptedDataOwner lapses = await AddAsync(host, "lapses", clock, OwnerPolicy.Required);
        using ScriptedDataOwner last = await host.AddOwnerAsync("last");
        await BackUpAndChangeAsync(host, lapses, last);
        lapses.On(OwnerCallKind.RestoreComplete, async (call, t) =>
        {
            if (call == 0)
            {
                clock.Skip();
                await time.DelayAsync(TenSeconds, t);
            }
        });

        RestoreReport report = await host.RestoreAsync();
        string between = lapses.Text();
        BackupReport next = await host.BackupAsync();

        Assert.Equal((true, ErrorCode.LeaseExpired), (report.Committed, report.Of("lapses").Error));
        Assert.Equal(("now", "last: then"), (between, last.Text()));
        Assert.Equal((OperationOutcome.Succeeded, "lapses: then"), (next.Outcome, lapses.Text()));
        Assert.Contains(next.Notes, n => n.Contains("was rolled forward", StringComparison.Ordinal));
    });

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name, SkippingClock clock, OwnerPolicy policy) =>
        await host.AddOwnerAsync(name, policy, p => p with { Client = p.Client with { TimeProvider = clock } });

    private static async Task BackUpAndChangeAsync(VirtualHost host, params ScriptedDataOwner[] owners)
    {
        Array.ForEach(owners, o => o.Set($"{o.Name}: then"));
        await host.BackupAsync();
        Array.ForEach(owners, o => o.Set("now"));
    }
}
