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
}
