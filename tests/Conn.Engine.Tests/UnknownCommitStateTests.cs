using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A storage that goes away while the commit record is written: the commit state is unknown until the storage is back.</summary>
public sealed class UnknownCommitStateTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Prepared_data_is_kept_and_the_next_run_settles_the_restore(bool committed) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        VanishingStorage storage = new(host.Storage) { RenameTakesPlace = committed };
        one.Set("mine");
        two.Set("mine");

        RestoreReport report = await RestoreAsync(host, storage, time);

        Assert.Equal((OperationOutcome.Failed, false, true), (report.Outcome, report.Committed, report.CommitUnknown));
        Assert.Equal((OwnerOutcome.Skipped, OwnerOutcome.Skipped), (report.Of("one").Outcome, report.Of("two").Outcome));
        Assert.Contains(report.Notes, n => n.Contains("the next run", StringComparison.Ordinal)
            && n.Contains("went away while it renamed", StringComparison.Ordinal));
        Assert.Equal(("mine", "mine", false), (one.Text(), two.Text(), one.Holds || two.Holds));
        host.AssertNormal();

        BackupReport next = await host.BackupAsync();

        Assert.Equal(committed ? ("one: data", "two: data") : ("mine", "mine"), (one.Text(), two.Text()));
        Assert.Equal(2, (committed ? next.Notes : [.. next.Of("one").Notes, .. next.Of("two").Notes])
            .Count(n => n.Contains(committed ? "was rolled forward" : "had prepared was removed", StringComparison.Ordinal)));
        Assert.Equal(OperationOutcome.Succeeded, next.Outcome);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_power_loss_afterwards_leaves_all_owners_restored_or_none() => VirtualTime.Run(async time =>
    {
        HashSet<string> ends = [];
        for (int seed = 0; seed < 24; seed++)
        {
            await using VirtualHost then = await VirtualHost.StartAsync(time);
            ScriptedDisk[] disks = [new(), new()];
            using ScriptedDataOwner one = await AddAsync(then, "one", disks[0]);
            using ScriptedDataOwner two = await AddAsync(then, "two", disks[1]);
            one.Set("data");
            two.Set("data");
            await then.BackupAsync();
            one.Set("mine");
            two.Set("mine");
            await RestoreAsync(then, new VanishingStorage(then.Storage) { RenameTakesPlace = true }, time);
            then.Storage.Crash(seed);

            await using VirtualHost now = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner newOne = await AddAsync(now, "one", disks[0]);
            using ScriptedDataOwner newTwo = await AddAsync(now, "two", disks[1]);
            await now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository }, HostFixture.Never);

            Assert.Equal(newOne.Text(), newTwo.Text());
            ends.Add(newOne.Text());
        }

        Assert.Equal(["data", "mine"], ends.Order());
    });

    [Fact]
    public void Data_that_managers_keep_for_others_is_kept_with_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        owner.Set("now");

        await RestoreAsync(host, new VanishingStorage(host.Storage) { RenameTakesPlace = true }, time);
        (string Kept, string Own) between = (manager.Kept(2), owner.Text());
        await host.BackupAsync();

        Assert.Equal((("now", "now"), ("then", "owner: data")), (between, (manager.Kept(2), owner.Text())));
    });

    [Fact]
    public void An_owner_that_lost_its_prepared_data_is_named_by_the_next_run_and_the_others_are_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("mine");
        two.Set("mine");
        one.Fail(OwnerCallKind.ResumeRestore, ErrorCode.NotFound);

        RestoreReport report = await RestoreAsync(host, new VanishingStorage(host.Storage) { RenameTakesPlace = true }, time);
        BackupReport next = await host.BackupAsync();
        BackupReport last = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, ErrorCode.Success, ErrorCode.Success), (report.Outcome, report.Of("one").Error, report.Of("two").Error));
        Assert.Equal((OperationOutcome.Failed, "mine", "two: data"), (next.Outcome, one.Text(), two.Text()));
        Assert.Contains(next.Notes, n => n.StartsWith("Owner one:", StringComparison.Ordinal) && n.Contains("Restore it again", StringComparison.Ordinal));
        Assert.False(one.Holds || two.Holds);
        Assert.Equal(OperationOutcome.Succeeded, last.Outcome);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void An_owner_that_cannot_resume_now_is_resumed_by_a_later_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("mine");
        two.Set("mine");
        one.On(OwnerCallKind.ResumeRestore, (call, _) => call == 0 ? throw new ConnException(ErrorCode.DiskFull, "cannot") : default);

        await RestoreAsync(host, new VanishingStorage(host.Storage) { RenameTakesPlace = true }, time);
        BackupReport next = await host.BackupAsync();
        string between = one.Text();
        BackupReport last = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, "mine", "two: data"), (next.Outcome, between, two.Text()));
        Assert.Contains(next.Notes, n => n.StartsWith("Owner one:", StringComparison.Ordinal)
            && n.Contains("The next run tries again", StringComparison.Ordinal));
        Assert.Equal((OperationOutcome.Succeeded, "one: data"), (last.Outcome, one.Text()));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_abort_at_the_same_time_changes_nothing_of_that(bool committed) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        one.Set("mine");
        using CancellationTokenSource abort = new();
        VanishingStorage storage = new(host.Storage) { RenameTakesPlace = committed, Vanishing = abort.Cancel };

        RestoreReport report = await RestoreAsync(host, storage, time, abort.Token);
        await host.BackupAsync();

        Assert.True(abort.IsCancellationRequested);
        Assert.Equal((OperationOutcome.Failed, ErrorCode.Success), (report.Outcome, report.Of("one").Error));
        Assert.Equal(committed ? "one: data" : "mine", one.Text());
    });

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name, ScriptedDisk disk)
    {
        ScriptedDataOwner owner = new(name, host.Trace, disk);
        await host.AddAsync(name, owner);
        return owner;
    }

    private static async Task<RestoreReport> RestoreAsync(VirtualHost host, VanishingStorage storage, VirtualTime time, CancellationToken abort = default)
    {
        await using BackupRepository repository = await storage.OpenAsync(time);
        storage.IsArmed = true;
        RestoreReport report = await host.Engine.RestoreAsync(new RestoreRequest { Repository = repository, Set = await repository.NewestAsync() }, abort);
        Assert.True(storage.IsGone);
        return report;
    }
}
