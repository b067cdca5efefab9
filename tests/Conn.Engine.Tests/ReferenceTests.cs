using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Promises of the reference about callbacks and data, each as one scenario.</summary>
public sealed class ReferenceTests
{
    private static readonly DriveNumber E = DriveNumber.FromLetter('E');

    [Fact]
    public void Checksums_are_in_the_report_when_asked_for_and_equal_before_and_after() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        uint expected = await owner.GetDataChecksumAsync(DriveNumber.C, HostFixture.Never);

        BackupReport plain = await host.BackupAsync();
        BackupReport backup = await host.BackupAsync(r => r with { Checksums = true });
        owner.Set("lost");
        RestoreReport restore = await host.RestoreAsync(r => r with { Set = backup.Set!, Checksums = true });

        Assert.Empty(plain.Of("one").Checksums);
        Assert.Equal(expected, backup.Of("one").Checksums[DriveNumber.C]);
        Assert.Equal(expected, restore.Of("one").Checksums[DriveNumber.C]);
    });

    [Fact]
    public void Every_drive_has_its_own_streams_in_order_and_comes_back() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        owner.Data[E] = [1, 2, 3];
        await host.AddAsync("one", owner, r => r with { Drives = DriveList.Of(E, DriveNumber.C) });
        await host.BackupAsync();
        owner.Data[E] = [4];
        await host.BackupAsync();
        owner.Data.Clear();
        int seen = host.Trace.Of("one").Count;

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal("one: data", owner.Text());
        Assert.Equal([4], owner.Data[E]);
        Assert.Equal(["ReceiveSnapshotData C 16 last", "InitialiseRestoreBaseData C", "RestoreBaseDataSection 9 last", "InitialiseRestoreIncrementData C",
            "RestoreIncrementDataSection 0 last",
            "ReceiveSnapshotData E 16 last", "InitialiseRestoreBaseData E", "RestoreBaseDataSection 3 last", "InitialiseRestoreIncrementData E",
                "RestoreIncrementDataSection 2 last",
            "PrepareRestore C", "PrepareRestore E", "RestoreComplete C", "RestoreComplete E"], host.Trace.Of("one").Skip(seen));
    });

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(1L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_wrong_estimate_changes_only_the_progress(long size) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("one");
        owner.ExpectedSize = size;
        await host.AddAsync("one", owner, r => r with { Drives = DriveList.Of(DriveNumber.C, E) });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, 9L), (report.Outcome, report.Of("one").Bytes));
        Assert.All(host.Steps, s => Assert.True(s.ExpectedBytes >= -1, $"{s}"));
    });

    [Theory]
    [InlineData(OwnerCallKind.ReceiveSnapshotData, -5)]
    [InlineData(OwnerCallKind.ReceiveSnapshotData, -20)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, -5)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied, -20)]
    public void A_snapshot_that_the_owner_refuses_in_any_call_leads_to_a_base(OwnerCallKind callback, int code) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.On(callback, (call, _) => call == (callback == OwnerCallKind.ReceiveSnapshotData ? 0 : 1)
            ? throw new ConnException(new ErrorCode(code), "cannot be used") : default);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Base), (report.Outcome, report.Of("one").Type));
        Assert.Contains("cannot be used", report.Of("one").Why, StringComparison.Ordinal);
    });

    [Fact]
    public void A_snapshot_that_the_owner_refuses_does_not_prevent_a_restore() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.Set("lost");
        owner.Fail(OwnerCallKind.ReceiveSnapshotData, ErrorCode.Corrupt);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "one: data"), (report.Outcome, owner.Text()));
        Assert.Contains(report.Of("one").Notes, n => n.Contains("cannot use the snapshot", StringComparison.Ordinal));
    });

    [Fact]
    public void An_owner_that_keeps_no_snapshot_gets_a_base_the_next_time() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        owner.Fail(OwnerCallKind.GetSnapshotData, ErrorCode.NotSupported);

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Contains(first.Of("one").Notes, n => n.Contains("keeps no snapshot", StringComparison.Ordinal));
        Assert.Equal(PartType.Base, second.Of("one").Type);
    });

    [Theory]
    [InlineData(OwnerCallKind.GetSnapshotData)]
    [InlineData(OwnerCallKind.InitialiseGetProxyBackupData)]
    public void Empty_sections_without_an_end_are_not_progress_of_a_snapshot_or_a_manager(OwnerCallKind where) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner stuck = await host.AddManagerAsync("stuck");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        stuck.Keep(2, "kept");
        stuck.On(where, (_, _) =>
        {
            stuck.MaxSectionBytes = 0;
            return default;
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(ErrorCode.TimedOut, report.Of("stuck").Error);
        Assert.Equal(where == OwnerCallKind.GetSnapshotData ? ErrorCode.Success : ErrorCode.TimedOut, report.Of("owner").Error);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(5), $"expected a failure after a few empty sections, actual after {time.Elapsed}");
        host.AssertNormal();
    });

    [Fact]
    public void The_remarks_of_an_owner_are_in_the_report_and_data_left_out_makes_its_part_incomplete() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes", participate: p => Remark(p, new OwnerRemarks(["skipped a socket"], [])));
        using ScriptedDataOwner gaps = await host.AddOwnerAsync("gaps", participate: p =>
            Remark(p, new OwnerRemarks([], ["one file could not be read"], "its own reason")));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Incomplete, OperationOutcome.Partial),
            (report.Of("notes").Outcome, report.Of("gaps").Outcome, report.Outcome));
        Assert.Equal(("skipped a socket", "one file could not be read", "its own reason"),
            (report.Of("notes").Notes[^1], report.Of("gaps").Errors[^1], report.Of("gaps").Why));
    });

    [Fact]
    public void Data_that_a_manager_left_out_makes_the_part_of_the_owner_incomplete() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync(
            "manager", ActiveType.ProxyOnly, participate: p => Remark(p, new OwnerRemarks([], ["one setting could not be read"])));
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Incomplete, OwnerOutcome.Succeeded), (report.Of("owner").Outcome, report.Of("manager").Outcome));
        Assert.Equal("Manager manager: one setting could not be read", report.Of("owner").Errors[^1]);
    });

    [Fact]
    public void A_full_restore_passes_over_owners_without_data() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("quiet", null);
        using ScriptedDataOwner loud = await host.AddOwnerAsync("loud");
        await host.BackupAsync();
        loud.Set("lost");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "loud: data", 0x108), (report.Outcome, loud.Text(), host.Modes[^2].ToValue()));
        Assert.Equal((OwnerOutcome.Succeeded, PartType.Quiesced), (report.Of("quiet").Outcome, report.Of("quiet").Type));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_partial_restore_publishes_partial_and_calls_no_other_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        BackupReport backup = await host.BackupAsync();
        one.Set("now");
        two.Set("now");

        await host.RestoreAsync(r => r with { Set = backup.Set!, Owners = [new SecureId(0x30000002)] });

        Assert.Equal(("now", "two: data", 0x110), (one.Text(), two.Text(), host.Modes[^2].ToValue()));
        Assert.DoesNotContain(host.Trace.Of("one"), c => c.Contains("Restore", StringComparison.Ordinal));
    });

    private static DataOwnerParticipantOptions Remark(DataOwnerParticipantOptions options, OwnerRemarks remarks) =>
        options.WithLayer(async (call, next, cancellationToken) =>
        call.Kind == OwnerCallKind.TakeRemarks ? new OwnerCallResult { Remarks = remarks }
        : call.Kind == OwnerCallKind.Begin ? (await next(call, cancellationToken)) with { Features = OwnerFeatures.Remarks }
        : await next(call, cancellationToken));
}
