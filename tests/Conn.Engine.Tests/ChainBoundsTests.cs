using Conn.ActiveBackup;
using Conn.Engine.Operations;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A chain of increments ends by itself: a base follows, and the report says why.</summary>
public sealed class ChainBoundsTests
{
    [Fact]
    public void After_thirty_increments_a_base_follows_and_says_why() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        List<PartType> types = [];
        for (int i = 0; i < 32; i++)
        {
            types.Add((await host.BackupAsync()).Of("notes").Type);
        }

        BackupReport last = await host.BackupAsync(r => r with { PlanOnly = true });
        Assert.Equal([PartType.Base, .. Enumerable.Repeat(PartType.Increment, 30), PartType.Base], types);
        Assert.Equal(PartType.Increment, last.Of("notes").Type);
        SetList sets = await host.Repository.ListSetsAsync(TestContext.Current.CancellationToken);
        Assert.Contains("30 increments", sets[31].Parts[0].Why, StringComparison.Ordinal);
    });

    [Fact]
    public void An_owner_has_limits_of_its_own_and_an_increment_that_is_asked_for_is_made_with_a_note() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = host.Owner("notes");
        await host.AddAsync("notes", notes, static r => r with { ChainLimits = new ChainLimits { MaxIncrements = 1 } });
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackUpTwiceAsync(notes, other);

        BackupReport plan = await host.BackupAsync(r => r with { PlanOnly = true });
        BackupReport asked = await host.BackupAsync(BackupChoice.Increment);
        BackupReport report = await host.BackupAsync();

        Assert.Equal((PartType.Base, PartType.Increment), (plan.Of("notes").Type, plan.Of("other").Type));
        Assert.Equal((PartType.Increment, OperationOutcome.Succeeded), (asked.Of("notes").Type, asked.Outcome));
        string note = Assert.Single(asked.Notes);
        Assert.Contains("1 increments", note, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", note, StringComparison.Ordinal);
        Assert.Equal((PartType.Base, PartType.Increment, 0), (report.Of("notes").Type, report.Of("other").Type, report.Notes.Count));
        Assert.Contains("2 increments", report.Of("notes").Why, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(34.9, false)]
    [InlineData(35, true)]
    public void A_base_that_is_35_days_old_is_followed_by_a_base(double days, bool reached) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackupAsync();
        await Task.Delay(TimeSpan.FromDays(days), time.Clock, TestContext.Current.CancellationToken);
        Assert.Equal(reached ? PartType.Base : PartType.Increment, (await host.BackupAsync()).Of("notes").Type);
    }, TimeSpan.FromDays(36));

    [Theory]
    [InlineData(3_000_000, 3_000_000, 100, false)]
    [InlineData(3_000_000, 3_000_001, 100, true)]
    [InlineData(3_000_000, 1_500_001, 50, true)]
    [InlineData(10, 1_000_000, 100, false)]
    public void Increments_that_have_more_bytes_than_the_base_are_followed_by_a_base(long ofBase, long ofIncrements, int percent, bool reached)
    {
        long[] chain = [ofBase, ofIncrements / 2, ofIncrements - (ofIncrements / 2)];
        Assert.Equal(reached, ChainBounds.Reached(new ChainLimits { MaxPercent = percent }, default, chain, default) is not null);
        Assert.Null(ChainBounds.Reached(ChainLimits.None, default, chain, TimeSpan.FromDays(36_500)));
    }
}
