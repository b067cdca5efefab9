using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What stops a whole backup while an earlier owner hands over ends it at that moment, and not at the turn of a later owner.</summary>
public sealed class StoppedBackupTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(OwnerCallKind.ReceiveSnapshotData, OwnerPolicy.Required)]
    [InlineData(OwnerCallKind.ReceiveSnapshotData, OwnerPolicy.BestEffort)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, OwnerPolicy.Required)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, OwnerPolicy.BestEffort)]
    public void A_later_owner_that_needs_a_base_stops_a_backup_of_increments_only_at_once(OwnerCallKind call, OwnerPolicy policy) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await StartAsync(time);
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        using ScriptedDataOwner waits = await host.AddOwnerAsync("waits");
        using ScriptedDataOwner later = await host.AddOwnerAsync("later", policy);
        await host.BackupAsync();
        later.On(call, async (_, t) =>
        {
            await time.DelayAsync(TenMinutes, t);
            throw new ConnException(ErrorCode.Corrupt, "cannot use it");
        });
        TimeSpan from = time.Elapsed;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Contains("later", refused.Message, StringComparison.Ordinal);
        Assert.InRange(time.Elapsed - from, TenMinutes, TenMinutes + TimeSpan.FromSeconds(1));
        AssertTerminatedBeforeNormal(host, slow, waits, later);
        Assert.Single(await host.Repository.ListSetsAsync(HostFixture.Never));
        Assert.DoesNotContain(host.Storage.Files(), f => f.Path.StartsWith("tmp/", StringComparison.Ordinal));
    });

    [Fact]
    public void A_damaged_snapshot_of_a_later_owner_stops_a_backup_of_increments_only_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await StartAsync(time);
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        using ScriptedDataOwner later = await host.AddOwnerAsync("later");
        await host.BackupAsync();
        foreach ((string path, int length) in host.Storage.Files().Where(f => f.Path.Contains("/0001-", StringComparison.Ordinal)).ToList())
        {
            host.Storage.Put(path, new byte[length]);
        }

        TimeSpan from = time.Elapsed;
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Contains("later", refused.Message, StringComparison.Ordinal);
        Assert.InRange(time.Elapsed - from, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        AssertTerminatedBeforeNormal(host, slow, later);
    });

    [Fact]
    public void A_storage_that_fails_under_the_snapshot_of_a_later_owner_stops_the_backup_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await StartAsync(time);
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        using ScriptedDataOwner later = await host.AddOwnerAsync("later");
        await host.BackupAsync();
        VanishingStorage storage = new(host.Storage);
        await using BackupRepository repository = await storage.OpenAsync(time);
        later.On(OwnerCallKind.Recover, async (_, t) =>
        {
            await time.DelayAsync(TenMinutes, t);
            storage.IsGone = true;
        });
        TimeSpan from = time.Elapsed;

        RepositoryException failure = await Assert.ThrowsAsync<RepositoryException>(() => host.BackupAsync(r => r with { Repository = repository }));

        Assert.Equal(RepositoryFailure.Io, failure.Failure);
        Assert.InRange(time.Elapsed - from, TenMinutes, TenMinutes + TimeSpan.FromSeconds(1));
        AssertTerminatedBeforeNormal(host, slow, later);
    });

    private static Task<VirtualHost> StartAsync(VirtualTime time) => VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = TimeSpan.FromHours(2) });

    private static void AssertTerminatedBeforeNormal(VirtualHost host, params ScriptedDataOwner[] owners)
    {
        List<string> lines = [.. host.Trace.Lines];
        int normal = lines.FindLastIndex(l => l.EndsWith("mode Normal", StringComparison.Ordinal));
        Assert.All(owners, o =>
        {
            int terminated = lines.FindLastIndex(l => l.Contains($" {o.Name} TerminateMultiStageOperation", StringComparison.Ordinal));
            Assert.InRange(terminated, 0, normal);
            Assert.False(o.Holds);
        });
        host.AssertNormal();
    }
}
