using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>The plan of a restore, its commit, and what is reported afterwards.</summary>
public sealed class RestoreCommitTests
{
    [Fact]
    public void A_storage_that_fails_after_the_commit_record_is_durable_does_not_undo_the_commit() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        FaultyStorage storage = new(host.Storage);
        await using BackupRepository repository = await storage.OpenAsync(time);
        owner.Set("changed");
        storage.FailingFlushes = 1;

        RestoreReport report = await host.RestoreAsync(r => r with { Repository = repository });

        Assert.True(storage.HasFailed);
        Assert.Equal((true, OperationOutcome.Succeeded), (report.Committed, report.Outcome));
        Assert.Contains(report.Notes, n => n.Contains("after the restore was committed", StringComparison.Ordinal));
        Assert.Equal("one: data", owner.Text());
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void An_owner_is_recorded_as_completed_only_after_it_is_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        bool? pending = null;
        owner.On(OwnerCallKind.RestoreComplete, async (_, _) =>
            pending = (await host.Repository.Restores.ListPendingAsync(HostFixture.Never)).Any(r => r.Owners.Any(o => !o.Completed)));

        await host.RestoreAsync();

        Assert.True(pending);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_failure_after_the_data_is_in_place_leaves_nothing_to_roll_forward() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.Fail(OwnerCallKind.GetDataChecksum, ErrorCode.NotSupported);

        RestoreReport report = await host.RestoreAsync(r => r with { Checksums = true });
        owner.Set("written after the restore");
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Incomplete), (report.Outcome, report.Of("one").Outcome));
        Assert.Contains("in place", report.Of("one").Errors[^1], StringComparison.Ordinal);
        Assert.Equal((OperationOutcome.Succeeded, "written after the restore"), (next.Outcome, owner.Text()));
        Assert.DoesNotContain(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
    });

    [Fact]
    public void A_restore_to_another_place_leaves_committed_restores_to_the_next_run_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        two.Set("lost");
        two.Fail(OwnerCallKind.RestoreComplete, ErrorCode.General);
        await host.RestoreAsync();
        two.On(OwnerCallKind.RestoreComplete, (_, _) => default);
        one.Fail(OwnerCallKind.RestoreBaseDataSection, ErrorCode.DiskFull);

        RestoreReport elsewhere = await host.RestoreAsync(r => r with { InPlace = false });
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, false), (elsewhere.Outcome, elsewhere.Committed));
        Assert.Contains(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "two: data"), (next.Outcome, two.Text()));
    });

    [Fact]
    public void A_plan_reports_the_outcome_and_the_bytes_of_the_restore() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        RestorePlans plans = new() { Answer = _ => throw new InvalidOperationException("no room") };
        using ScriptedDataOwner refuses = await host.AddOwnerAsync("refuses", OwnerPolicy.BestEffort, plans.Add);
        await host.BackupAsync();

        RestoreReport plan = await host.RestoreAsync(r => r with { PlanOnly = true });
        bool wasChanged = host.Trace.Of("good").Any(l => l.Contains("Restore", StringComparison.Ordinal));
        RestoreReport restored = await host.RestoreAsync();

        Assert.False(wasChanged);
        Assert.Equal((OperationOutcome.Partial, OperationOutcome.Partial), (plan.Outcome, restored.Outcome));
        Assert.Equal((false, true), (plan.Committed, restored.Committed));
        Assert.Equal((10, 10), (plan.Of("good").Bytes, restored.Of("good").Bytes));
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (plan.Of("refuses").Outcome, plan.Of("refuses").Error));
    });

    [Fact]
    public void A_plan_that_never_answers_is_a_refusal_and_the_engine_takes_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new();
        TaskCompletionSource hung = new();
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one", participate: plans.Add);
        await host.BackupAsync();
        plans.Answer = _ => new ValueTask(hung.Task);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync());
        hung.SetResult();

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_best_effort_owner_whose_chain_is_broken_is_left_out() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner optional = await host.AddOwnerAsync("optional", OwnerPolicy.BestEffort);
        BackupReport first = await host.BackupAsync();
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        optional.Set("changed");
        await host.BackupAsync();
        good.Set("lost");
        foreach ((string path, int _) in host.Storage.Files().Where(f => f.Path.Contains(first.Set!.Id.Text, StringComparison.Ordinal)))
        {
            host.Storage.Put(path, null);
        }

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Partial, ErrorCode.Corrupt), (report.Outcome, report.Of("optional").Error));
        Assert.Equal(("good: data", "changed"), (good.Text(), optional.Text()));
    });

    [Fact]
    public void A_restore_in_which_another_owner_cannot_be_rolled_forward_is_reported_as_failed() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner stuck = await host.AddOwnerAsync("stuck");
        SecureId good = new(0x30000002);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackupAsync();
        stuck.Fail(OwnerCallKind.RestoreComplete, ErrorCode.InUse);
        stuck.Fail(OwnerCallKind.ResumeRestore, ErrorCode.InUse);
        await host.RestoreAsync();

        RestoreReport report = await host.RestoreAsync(r => r with { Owners = [good] });

        Assert.Equal((true, OwnerOutcome.Succeeded), (report.Committed, report.Of("other").Outcome));
        Assert.Equal(OperationOutcome.Failed, report.Outcome);
        Assert.Contains(report.Notes, n => n.Contains("stuck", StringComparison.Ordinal));
    });
}
