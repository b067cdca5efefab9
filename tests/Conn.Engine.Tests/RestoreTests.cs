using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class RestoreTests
{
    [Fact]
    public void Nothing_is_put_in_place_before_every_owner_has_prepared() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();

        await host.RestoreAsync();

        List<string> lines = [.. host.Trace.Lines];
        int lastPrepare = lines.FindLastIndex(l => l.Contains("PrepareRestore", StringComparison.Ordinal));
        int firstComplete = lines.FindIndex(l => l.Contains("RestoreComplete", StringComparison.Ordinal));
        int normal = lines.FindLastIndex(l => l.EndsWith("mode Normal", StringComparison.Ordinal));
        Assert.True(lastPrepare < firstComplete && firstComplete < normal, string.Join("\n", lines));
        Assert.True(host.Steps.ToList().FindIndex(s => s.Phase == OperationPhase.Committed) < host.Steps.ToList().FindIndex(s =>
            s.Phase == OperationPhase.OwnerCompleted));
    });

    [Theory]
    [InlineData(OwnerCallKind.InitialiseRestoreBaseData)]
    [InlineData(OwnerCallKind.RestoreBaseDataSection)]
    [InlineData(OwnerCallKind.PrepareRestore)]
    public void A_required_owner_that_fails_before_the_commit_means_no_change_anywhere(OwnerCallKind callback) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("present");
        two.Fail(callback, ErrorCode.DiskFull);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, false), (report.Outcome, report.Committed));
        Assert.Equal((ErrorCode.DiskFull, OwnerOutcome.Skipped), (report.Of("two").Error, report.Of("one").Outcome));
        Assert.Equal("present", one.Text());
        Assert.False(one.Holds);
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("one"));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        host.AssertNormal();
    });

    [Fact]
    public void A_best_effort_owner_that_fails_is_left_out_and_the_rest_is_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner weak = await host.AddOwnerAsync("weak", OwnerPolicy.BestEffort);
        await host.BackupAsync();
        one.Set("lost");
        weak.Set("present");
        weak.Fail(OwnerCallKind.RestoreBaseDataSection, ErrorCode.General);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Partial, true), (report.Outcome, report.Committed));
        Assert.Equal(("one: data", "present"), (one.Text(), weak.Text()));
    });

    [Fact]
    public void An_owner_that_the_set_does_not_hold_is_refused_and_not_restored_from_an_older_set() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = host.Owner("one");
        SecureId sid = await host.AddAsync("one", one);
        using ScriptedDataOwner two = host.Owner("two");
        SecureId other = await host.AddAsync("two", two);
        await host.BackupAsync();
        await host.BackupAsync(r => r with { Owners = [sid] });

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = [sid, other] }));

        Assert.Equal(OperationRefusal.NoSuchOwner, refused.Refusal);
        Assert.Contains("two", refused.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_committed_restore_that_is_cut_off_is_rolled_forward_by_the_next_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        two.Set("lost");
        bool cut = true;
        two.On(OwnerCallKind.RestoreComplete, (_, _) => cut ? throw new ConnException(ErrorCode.TimedOut, "cut off") : default);
        RestoreReport first = await host.RestoreAsync();
        cut = false;

        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, true), (first.Outcome, first.Committed));
        Assert.Equal("two: data", two.Text());
        Assert.Equal(OperationOutcome.Succeeded, next.Outcome);
        Assert.Contains(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void After_a_restore_in_place_the_restored_set_is_the_next_parent() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        BackupReport first = await host.BackupAsync();
        one.Set("second");
        await host.BackupAsync();
        SetList sets = await host.Repository.ListSetsAsync(HostFixture.Never);
        await host.RestoreAsync(r => r with { Set = sets[0] });

        BackupReport next = await host.BackupAsync();

        Assert.Equal(first.Set!.Id.Text, next.Of("one").Parent);
        Assert.Equal(0, next.Of("one").Bytes);
    });

    [Fact]
    public void Owners_are_put_in_place_after_those_they_depend_on() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner first = host.Owner("first");
        await host.AddAsync("first", first, r => r with { RestoreAfter = [new SecureId(0x30000002)] });
        using ScriptedDataOwner second = await host.AddOwnerAsync("second");
        await host.BackupAsync();

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal(["second", "first"], report.Owners.Select(o => o.Name));
    });

    [Fact]
    public void An_owner_whose_plan_refuses_ends_the_restore_before_the_mode_changes() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new() { Answer = _ => throw new ConnException(ErrorCode.DiskFull, "there is no room; use --to on another disk") };
        using ScriptedDataOwner one = await host.AddOwnerAsync("one", participate: plans.Add);
        await host.BackupAsync();
        int modes = host.Modes.Count;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync());

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.DiskFull), (refused.Refusal, refused.Code));
        Assert.Equal(modes, host.Modes.Count);
    });

    [Fact]
    public void A_restore_whose_only_owner_is_never_ready_reports_no_fault_of_the_engine() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        bool hang = false;
        using ScriptedDataOwner one = await host.AddOwnerAsync("one", participate: p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                if (hang)
                {
                    await new TaskCompletionSource().Task.WaitAsync(t);
                }

                return ErrorCode.Success;
            },
        });
        await host.BackupAsync();
        hang = true;

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, 0), (report.Outcome, host.Engine.Faults));
    });
}
