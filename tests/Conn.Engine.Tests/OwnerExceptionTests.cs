using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository.Restores;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that throw, in every phase and exceptions of every kind: only their own part fails.</summary>
public sealed class OwnerExceptionTests
{
    public static TheoryData<OwnerCallKind, Thrown> BackupThrows => Cross(OwnerCalls.Backup);

    public static TheoryData<OwnerCallKind, Thrown> RestoreThrows => Cross(OwnerCalls.Restore);

    public static TheoryData<Thrown> AllThrown => [.. Enum.GetValues<Thrown>()];

    [Theory]
    [MemberData(nameof(BackupThrows))]
    public void An_exception_in_a_backup_call_fails_that_owner_alone(OwnerCallKind call, Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackupAsync();
        bad.On(call, (_, _) => throw ThrownExceptions.Make(thrown));

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        Assert.Equal(OperationOutcome.Partial, report.Outcome);
        Assert.False(bad.Holds);
        host.AssertNormal();
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_of_a_manager_fails_the_owners_it_serves_and_no_other(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        manager.On(OwnerCallKind.InitialiseGetProxyBackupData, (_, _) => throw ThrownExceptions.Make(thrown));

        BackupReport report = await host.BackupAsync();

        AssertFailed(report.Of("manager"), thrown);
        AssertFailed(report.Of("served"), thrown);
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Partial), (report.Of("good").Outcome, report.Outcome));
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [MemberData(nameof(RestoreThrows))]
    public void An_exception_in_a_restore_call_leaves_out_that_owner_alone(OwnerCallKind call, Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackUpTwiceAsync(before, bad, after);
        bad.On(call, (_, _) => throw ThrownExceptions.Make(thrown));

        RestoreReport report = await host.RestoreAsync();

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((true, OperationOutcome.Partial), (report.Committed, report.Outcome));
        Assert.Equal(("before: second", "now", "after: second"), (before.Text(), bad.Text(), after.Text()));
        Assert.False(bad.Holds);
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_after_the_commit_is_in_the_report_and_the_others_are_put_in_place(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackUpTwiceAsync(before, bad, after);
        bad.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw ThrownExceptions.Make(thrown) : default);

        RestoreReport report = await host.RestoreAsync();

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((true, OperationOutcome.Failed), (report.Committed, report.Outcome));
        Assert.Equal(("before: second", "after: second"), (before.Text(), after.Text()));
        RestoreRecord pending = Assert.Single(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        Assert.Equal(["bad"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        host.AssertNormal();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
        Assert.Equal("bad: second", bad.Text());
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_while_a_restore_is_resumed_leaves_the_others_alone(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        await host.BackUpTwiceAsync(one, bad);
        one.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        bad.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        await host.RestoreAsync();
        bad.On(OwnerCallKind.ResumeRestore, (_, _) => throw ThrownExceptions.Make(thrown));

        BackupReport next = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Failed, next.Outcome);
        Assert.Equal(("one: second", "now"), (one.Text(), bad.Text()));
        Assert.Contains(next.Notes, n => n.StartsWith("Owner bad:", StringComparison.Ordinal));
        Assert.NotNull(next.Set);
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_in_Terminate_keeps_no_owner_from_normal(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        bad.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.DiskFull);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, (_, _) => throw ThrownExceptions.Make(thrown));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.DiskFull, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("good").Outcome));
        host.AssertNormal();
    });

    private static TheoryData<OwnerCallKind, Thrown> Cross(OwnerCallKind[] calls)
    {
        TheoryData<OwnerCallKind, Thrown> all = [];
        foreach (OwnerCallKind call in calls)
        {
            foreach (Thrown thrown in Enum.GetValues<Thrown>())
            {
                all.Add(call, thrown);
            }
        }

        return all;
    }

    private static void AssertFailed(OwnerReport report, Thrown thrown)
    {
        Assert.Equal(OwnerOutcome.Failed, report.Outcome);
        Assert.NotEmpty(report.Errors);
        Assert.Equal(thrown == Thrown.Cancellation ? ErrorCode.Cancel : ErrorCode.General, report.Error);
    }
}
