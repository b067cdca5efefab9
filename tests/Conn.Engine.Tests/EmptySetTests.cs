using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Sets in which there is nothing, or nothing of an owner: none is made, or its restore names what it cannot give back.</summary>
public sealed class EmptySetTests
{
    [Fact]
    public void A_manager_that_serves_no_owner_makes_no_set() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        manager.Keep(2, "of an owner that is not registered");

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Quiesced), (report.Outcome, report.Of("manager").Type));
        Assert.Null(report.Set);
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
    });

    [Fact]
    public void Owners_that_all_fail_make_no_set() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("quiet", null);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one", OwnerPolicy.BestEffort);
        using ScriptedDataOwner two = await host.AddOwnerAsync("two", OwnerPolicy.BestEffort);
        one.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.NoMemory);
        two.Fail(OwnerCallKind.GetSnapshotData, ErrorCode.DiskFull);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Partial, false), (report.Outcome, report.Verified));
        Assert.Null(report.Set);
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
    });

    [Theory]
    [InlineData(OwnerPolicy.Required, false)]
    [InlineData(OwnerPolicy.Required, true)]
    [InlineData(OwnerPolicy.BestEffort, true)]
    public void A_restore_of_all_owners_names_the_parts_that_failed_and_restores_the_rest(OwnerPolicy policy, bool ofManager) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", register: r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner weak = ofManager ? await host.AddProxiedAsync("weak", [1], policy) : await host.AddOwnerAsync("weak", policy);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        (ofManager ? manager : weak).Fail(ofManager ? OwnerCallKind.InitialiseGetProxyBackupData : OwnerCallKind.GetBackupDataSection, ErrorCode.NoMemory);
        await host.BackupAsync();
        good.Set("lost");
        weak.Set("now");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, true), (report.Outcome, report.Committed));
        Assert.Equal(("good: data", "now"), (good.Text(), weak.Text()));
        Assert.DoesNotContain(report.Owners, o => o.Name == "weak");
        Assert.Contains(report.Notes, n => n.Contains("Owner weak failed", StringComparison.Ordinal));
    });
}
