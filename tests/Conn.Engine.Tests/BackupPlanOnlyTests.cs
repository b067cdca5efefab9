using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A backup of which only the plan is made.</summary>
public sealed class BackupPlanOnlyTests
{
    [Fact]
    public void A_plan_says_base_or_increment_as_the_run_would_and_changes_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = host.Owner("notes");
        await host.AddAsync("notes", notes, r => r with { Source = "/srv/notes" });
        BackupReport first = await host.BackupAsync(r => r with { PlanOnly = true });
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
        BackupReport made = await host.BackupAsync();
        int modes = host.Modes.Count;

        BackupReport second = await host.BackupAsync(r => r with { PlanOnly = true });

        Assert.Equal((true, PartType.Base, (BackupSet?)null), (first.PlanOnly, first.Of("notes").Type, first.Set));
        Assert.Equal((BackupIncType.Increment, PartType.Increment, made.Set!.Id.Text), (second.Type, second.Of("notes").Type, second.Of("notes").Parent));
        Assert.Equal("/srv/notes", second.Of("notes").Source);
        Assert.Single(await host.Repository.ListSetsAsync(HostFixture.Never));
        Assert.Equal(modes, host.Modes.Count);
    });

    [Fact]
    public void A_plan_of_increments_is_refused_as_the_run_is() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = host.Owner("notes");
        await host.AddAsync("notes", notes);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(
            () => host.BackupAsync(r => r with { PlanOnly = true, Choice = BackupChoice.Increment }));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
    });

    [Theory]
    [InlineData(OwnerPolicy.Required, OperationOutcome.Failed)]
    [InlineData(OwnerPolicy.BestEffort, OperationOutcome.Partial)]
    public void A_plan_says_that_a_source_cannot_be_read_and_hands_nothing_over(OwnerPolicy policy, OperationOutcome outcome) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", policy);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        bad.On(OwnerCallKind.GetExpectedDataSize, (_, _) => throw new ConnException(ErrorCode.AccessDenied, "the folder may not be read"));

        BackupReport plan = await host.BackupAsync(r => r with { PlanOnly = true });

        Assert.Equal((outcome, OwnerOutcome.Failed, OwnerOutcome.Succeeded), (plan.Outcome, plan.Of("bad").Outcome, plan.Of("good").Outcome));
        Assert.Equal(ErrorCode.AccessDenied, plan.Of("bad").Error);
        Assert.Contains("the folder may not be read", Assert.Single(plan.Of("bad").Errors), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Trace.Of("good"), c => c.Contains("GetBackupData", StringComparison.Ordinal));
        Assert.Contains("Terminate", host.Trace.Of("good")[^1], StringComparison.Ordinal);
        Assert.Equal(outcome, (await host.BackupAsync()).Outcome);
    });
}
