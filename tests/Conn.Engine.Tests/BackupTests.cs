using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class BackupTests
{
    [Fact]
    public void A_base_an_increment_and_a_restore_bring_every_owner_back() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner mail = await host.AddOwnerAsync("mail");
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");

        BackupReport first = await host.BackupAsync();
        mail.Set("changed");
        BackupReport second = await host.BackupAsync();
        mail.Set("lost");
        notes.Set("lost too");
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, BackupIncType.Base, true), (first.Outcome, first.Type, first.Verified));
        Assert.Equal((OperationOutcome.Succeeded, BackupIncType.Increment), (second.Outcome, second.Type));
        Assert.Equal((OperationOutcome.Succeeded, true), (restored.Outcome, restored.Committed));
        Assert.Equal(("changed", "notes: data"), (mail.Text(), notes.Text()));
        Assert.Equal(0, second.Of("notes").Bytes);
        Assert.Equal(first.Set!.Id.Text, second.Of("mail").Parent);
        Assert.Equal([0x001, 0x102, 0x001, 0x202, 0x001, 0x208, 0x001], host.Modes.Select(m => m.ToValue()));
        Assert.Empty(host.ParticipantErrors);
    });

    [Fact]
    public void The_callbacks_of_a_base_and_of_an_increment_come_in_the_order_of_the_table() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        owner.MaxSectionBytes = 6;

        await host.BackupAsync();
        int seen = host.Trace.Of("one").Count;
        await host.BackupAsync();

        Assert.Equal(["AllSnapshotsSupplied", "GetExpectedDataSize C", "InitialiseGetBackupData C", "GetBackupDataSection", "GetBackupDataSection",
            "GetSnapshotData C", "GetSnapshotData C", "GetSnapshotData C"], host.Trace.Of("one").Take(seen));
        Assert.Equal(["ReceiveSnapshotData C 6", "ReceiveSnapshotData C 6", "ReceiveSnapshotData C 4 last", "AllSnapshotsSupplied", "GetExpectedDataSize C",
            "InitialiseGetBackupData C", "GetBackupDataSection", "GetSnapshotData C", "GetSnapshotData C", "GetSnapshotData C"],
                host.Trace.Of("one").Skip(seen));
    });

    [Fact]
    public void An_owner_without_callbacks_is_quiesced_and_asked_for_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("quiet", null);
        using ScriptedDataOwner loud = await host.AddOwnerAsync("loud");

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal((OwnerOutcome.Succeeded, PartType.Quiesced, 0L), (report.Of("quiet").Outcome, report.Of("quiet").Type, report.Of("quiet").Bytes));
    });

    [Fact]
    public void An_owner_that_confirms_an_error_fails_with_its_own_code_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.AddAsync("refuses", host.Owner("refuses"), participate: p => p with { PrepareAsync = (_, _, _) => new(new ErrorCode(-4711)) });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, -4711), (report.Of("refuses").Outcome, report.Of("refuses").Error.Value));
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Failed), (report.Of("good").Outcome, report.Outcome));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(1), $"expected a failure without a wait for a timer, actual {time.Elapsed}");
        Assert.Equal(-4711, report.Set!.Part(report.Of("refuses").Sid.Value)!.ErrorCode);
    });

    [Fact]
    public void A_best_effort_owner_that_fails_makes_the_set_partial_and_a_required_one_failed() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner weak = await host.AddOwnerAsync("weak", OwnerPolicy.BestEffort);
        weak.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.NoMemory);

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Partial, report.Outcome);
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.NoMemory), (report.Of("weak").Outcome, report.Of("weak").Error));
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("weak"));
        Assert.False(weak.Holds);
        Assert.DoesNotContain("TerminateMultiStageOperation", host.Trace.Of("good"));
    });

    [Fact]
    public void A_snapshot_that_the_owner_cannot_use_leads_to_a_base_and_the_report_says_why() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.Fail(OwnerCallKind.ReceiveSnapshotData, ErrorCode.Corrupt);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Base), (report.Outcome, report.Of("one").Type));
        Assert.Contains("cannot use the snapshot", report.Of("one").Why, StringComparison.Ordinal);
        Assert.Null(report.Set!.Parts[0].Parent);
    });

    [Fact]
    public void A_broken_chain_is_found_when_planning_and_the_owner_gives_a_base() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        BackupReport first = await host.BackupAsync();
        owner.Set("changed");
        await host.BackupAsync();
        foreach ((string path, int _) in host.Storage.Files().Where(f => f.Path.Contains(first.Set!.Id.Text, StringComparison.Ordinal)))
        {
            host.Storage.Put(path, null);
        }

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Base), (report.Outcome, report.Of("one").Type));
        Assert.Contains("chain", report.Of("one").Why, StringComparison.OrdinalIgnoreCase);
        Assert.Null(report.Set!.Parts[0].Parent);
    });

    [Fact]
    public void An_explicit_increment_is_refused_when_a_base_is_needed_and_nothing_is_published() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Single(host.Modes);
        Assert.Empty(host.Trace.Of("one"));
    });

    [Fact]
    public void A_second_operation_is_refused_with_the_name_of_the_holder() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        owner.On(OwnerCallKind.InitialiseGetBackupData, async (_, t) => await time.DelayAsync(TimeSpan.FromSeconds(10), t));

        Task<BackupReport> first = host.BackupAsync(r => r with { Holder = "the nightly backup" });
        await time.DelayAsync(TimeSpan.FromSeconds(5));
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync());

        Assert.Equal(ErrorCode.InUse, refused.Code);
        Assert.Contains("the nightly backup", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OperationOutcome.Succeeded, (await first).Outcome);
    });

    [Fact]
    public void A_partial_backup_publishes_partial_and_calls_no_other_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = host.Owner("one");
        SecureId sid = await host.AddAsync("one", one);
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");

        BackupReport report = await host.BackupAsync(r => r with { Owners = [sid] });

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(["one"], report.Owners.Select(o => o.Name));
        Assert.Equal(0x104, host.Modes[1].ToValue());
        Assert.Empty(host.Trace.Of("two"));
    });

    [Fact]
    public void An_abort_terminates_every_owner_removes_the_set_and_leads_to_normal() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        one.On(OwnerCallKind.GetBackupDataSection, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(1), t));
        using CancellationTokenSource abort = new();

        Task<BackupReport> running = host.BackupAsync(abort: abort.Token);
        await time.DelayAsync(TimeSpan.FromSeconds(2));
        abort.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        host.AssertNormal();
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(7.5), $"expected Normal within 7.5 s, actual {time.Elapsed}");
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("one"));
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("two"));
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
        Assert.DoesNotContain(host.Storage.Files(), f => f.Path.StartsWith("tmp/", StringComparison.Ordinal));
    });

    [Fact]
    public void Empty_sections_without_an_end_are_not_progress() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        owner.MaxSectionBytes = 0;

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.TimedOut), (report.Of("one").Outcome, report.Of("one").Error));
        Assert.Equal(9, host.Trace.Of("one").Count(l => l.Contains("GetBackupDataSection", StringComparison.Ordinal)));
        Assert.Null(report.Set);
        host.AssertNormal();
    });

    [Fact]
    public void A_full_disk_is_a_failure_of_the_repository_and_the_host_is_normal() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        byte[] noise = new byte[200_000];
        new Random(7).NextBytes(noise);
        owner.Data[DriveNumber.C] = noise;
        host.Storage.CapacityBytes = 100_000;

        RepositoryException failure = await Assert.ThrowsAsync<RepositoryException>(() => host.BackupAsync());

        Assert.Equal(RepositoryFailure.DiskFull, failure.Failure);
        Assert.True(host.Storage.WasFull);
        host.AssertNormal();
        host.Storage.CapacityBytes = long.MaxValue;
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });
}
