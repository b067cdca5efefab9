using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What the reference promises of callbacks and data, each as one scenario.</summary>
public sealed class ReferenceTests
{
    private static readonly DriveNumber E = DriveNumber.FromLetter('E');

    [Fact]
    public void Checksums_are_in_the_report_when_asked_for_and_equal_before_and_after() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        uint expected = await owner.GetDataChecksumAsync(DriveNumber.C, CancellationToken.None);

        BackupReport plain = await host.BackupAsync();
        BackupReport backup = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Checksums = true }, CancellationToken.None);
        owner.Set("lost");
        RestoreReport restore = await host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = backup.Set!, Checksums = true }, CancellationToken.None);

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
        Assert.Equal(["ReceiveSnapshotData C 16 last", "InitialiseRestoreBaseData C", "RestoreBaseDataSection 9 last", "InitialiseRestoreIncrementData C", "RestoreIncrementDataSection 0 last",
            "ReceiveSnapshotData E 16 last", "InitialiseRestoreBaseData E", "RestoreBaseDataSection 3 last", "InitialiseRestoreIncrementData E", "RestoreIncrementDataSection 2 last",
            "PrepareRestore C", "PrepareRestore E", "RestoreComplete C", "RestoreComplete E"], host.Trace.Of("one").Skip(seen));
    });

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(1L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void An_estimate_wrong_by_any_factor_changes_nothing_but_the_progress(long size) => VirtualTime.Run(async time =>
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
    [InlineData(CallbackKind.ReceiveSnapshotData, -5)]
    [InlineData(CallbackKind.ReceiveSnapshotData, -20)]
    [InlineData(CallbackKind.AllSnapshotsSupplied, -5)]
    [InlineData(CallbackKind.AllSnapshotsSupplied, -20)]
    public void A_snapshot_of_no_use_makes_a_base_wherever_the_owner_says_so(CallbackKind callback, int code) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.On(callback, (call, _) => call == (callback == CallbackKind.ReceiveSnapshotData ? 0 : 1) ? throw new ConnException(new ErrorCode(code), "of no use") : default);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, BackupIncType.Base), (report.Outcome, report.Of("one").Type));
        Assert.Contains("of no use", report.Of("one").Why, StringComparison.Ordinal);
    });

    [Fact]
    public void A_snapshot_of_no_use_is_no_hindrance_to_a_restore() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        owner.Set("lost");
        owner.Fail(CallbackKind.ReceiveSnapshotData, ErrorCode.Corrupt);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "one: data"), (report.Outcome, owner.Text()));
        Assert.Contains(report.Of("one").Notes, n => n.Contains("cannot use the snapshot", StringComparison.Ordinal));
    });

    [Fact]
    public void An_owner_that_keeps_no_snapshot_gets_a_base_the_next_time() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        owner.Fail(CallbackKind.GetSnapshotData, ErrorCode.NotSupported);

        BackupReport first = await host.BackupAsync();
        BackupReport second = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Contains(first.Of("one").Notes, n => n.Contains("keeps no snapshot", StringComparison.Ordinal));
        Assert.Equal(BackupIncType.Base, second.Of("one").Type);
    });

    [Theory]
    [InlineData(CallbackKind.GetSnapshotData)]
    [InlineData(CallbackKind.InitialiseGetProxyBackupData)]
    public void Zero_bytes_and_no_end_is_no_progress_of_a_snapshot_or_of_a_manager(CallbackKind where) => VirtualTime.Run(async time =>
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
        Assert.Equal(where == CallbackKind.GetSnapshotData ? ErrorCode.None : ErrorCode.TimedOut, report.Of("owner").Error);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(5), $"empty sections were asked for until {time.Elapsed}");
        host.IsNormal();
    });

    [Fact]
    public void What_an_owner_remarks_is_in_the_report_and_what_it_left_out_makes_its_part_incomplete() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RemarkingOwner notes = new(host.Owner("notes"), new OwnerRemarks(["skipped a socket"], []));
        RemarkingOwner gaps = new(host.Owner("gaps"), new OwnerRemarks([], ["one file could not be read"], "its own reason"));
        await host.AddAsync("notes", notes);
        await host.AddAsync("gaps", gaps);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Incomplete, OperationOutcome.Partial), (report.Of("notes").Outcome, report.Of("gaps").Outcome, report.Outcome));
        Assert.Equal(("skipped a socket", "one file could not be read", "its own reason"), (report.Of("notes").Notes[^1], report.Of("gaps").Errors[^1], report.Of("gaps").Why));
    });

    [Fact]
    public void What_a_manager_left_out_makes_the_owners_part_incomplete() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner inner = host.Owner("manager");
        await host.AddAsync("manager", new RemarkingOwner(inner, new OwnerRemarks([], ["one setting could not be read"])), r => r with { ActiveType = ActiveType.ProxyOnly });
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Incomplete, OwnerOutcome.Succeeded), (report.Of("owner").Outcome, report.Of("manager").Outcome));
        Assert.Equal("Manager manager: one setting could not be read", report.Of("owner").Errors[^1]);
    });

    [Fact]
    public void A_full_restore_goes_past_owners_that_were_only_quiet() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("quiet", null);
        using ScriptedDataOwner loud = await host.AddOwnerAsync("loud");
        await host.BackupAsync();
        loud.Set("lost");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "loud: data", 0x108), (report.Outcome, loud.Text(), host.Modes[^2].ToValue()));
        Assert.Equal((OwnerOutcome.Succeeded, OwnerGrade.Quiesced), (report.Of("quiet").Outcome, report.Of("quiet").Grade));
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(CancellationToken.None));
    });

    [Fact]
    public void A_partial_restore_says_so_and_leaves_the_others_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        BackupReport backup = await host.BackupAsync();
        one.Set("now");
        two.Set("now");

        await host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = backup.Set!, Owners = [new SecureId(0x30000002)] }, CancellationToken.None);

        Assert.Equal(("now", "two: data", 0x110), (one.Text(), two.Text(), host.Modes[^2].ToValue()));
        Assert.DoesNotContain(host.Trace.Of("one"), c => c.Contains("Restore", StringComparison.Ordinal));
    });

    /// <summary>An owner with something to tell: found only through its extended interface.</summary>
    private sealed class RemarkingOwner(ScriptedDataOwner inner, OwnerRemarks remarks) : ForwardingClient(inner), IOwnerRemarks
    {
        public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) => new(remarks);

        public override object? GetExtendedInterface(int uid) => uid == ExtendedInterfaces.OwnerRemarks ? this : base.GetExtendedInterface(uid);
    }
}
