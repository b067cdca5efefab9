using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

public sealed class ProxyBackupTests
{
    public static TheoryData<OwnerCallKind, string> Failures
    {
        get
        {
            TheoryData<OwnerCallKind, string> all = [];
            foreach (OwnerCallKind callback in new[] { OwnerCallKind.InitialiseGetProxyBackupData, OwnerCallKind.GetBackupDataSection })
            {
                foreach (string how in new[] { "hangs", "closes", "fails" })
                {
                    all.Add(callback, how);
                }
            }

            return all;
        }
    }

    [Fact]
    public void Managers_hand_over_in_order_and_before_the_owner_itself() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner first = await host.AddManagerAsync("first");
        using ScriptedDataOwner second = await host.AddManagerAsync("second", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [2, 1]);
        first.Keep(3, "mail of owner");
        second.Keep(3, "settings of owner");

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(["first", "second", "owner"], report.Owners.Select(o => o.Name));
        Assert.Equal([PartType.Base, PartType.Quiesced, PartType.Proxied], report.Owners.Select(o => o.Type));
        Assert.Equal(["InitialiseGetProxyBackupData 0x30000003 C", "GetBackupDataSection"], host.Trace.Of("second"));
        Assert.Equal(["AllSnapshotsSupplied", "InitialiseGetProxyBackupData 0x30000003 C", "GetBackupDataSection", "GetExpectedDataSize C",
            "InitialiseGetBackupData C", "GetBackupDataSection", "GetSnapshotData C"], host.Trace.Of("first"));
        Assert.Equal(["AllSnapshotsSupplied", "GetExpectedDataSize C", "InitialiseGetBackupData C", "GetBackupDataSection"], host.Trace.Of("owner"));
        List<string> lines = [.. host.Trace.Lines.Where(l => l.Contains("Initialise", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])];
        Assert.Equal(["second", "first", "owner", "first"], lines);
        Assert.Equal(12 + (2 * 12) + "mail of ownersettings of ownerowner: data".Length, report.Of("owner").Bytes);
    });

    [Fact]
    public void The_stream_of_an_owner_without_managers_has_no_frames() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner plain = await host.AddOwnerAsync("plain");

        BackupReport report = await host.BackupAsync();

        Assert.Equal(("manager: data".Length, "plain: data".Length), (report.Of("manager").Bytes, report.Of("plain").Bytes));
    });

    [Fact]
    public void Data_kept_by_managers_is_always_a_base_and_the_report_says_why() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackupAsync();
        manager.Keep(2, "kept");

        BackupReport report = await host.BackupAsync();

        Assert.Equal((PartType.Increment, PartType.Proxied, PartType.Increment), (report.Of("manager").Type, report.Of("owner").Type, report.Of("other").Type));
        Assert.Equal("Data kept by proxy managers is always a base.", report.Of("owner").Why);
        Assert.DoesNotContain(host.Trace.Of("owner"), l => l.Contains("Snapshot", StringComparison.Ordinal) && l != "AllSnapshotsSupplied");
        Assert.Null(report.Set!.Part(Sid(2).Value)!.Drive(2)!.Snapshot);
    });

    [Fact]
    public void An_explicit_increment_is_refused_for_an_owner_with_managers() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        await host.BackupAsync();

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Contains("always a base", refused.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void The_managers_of_the_owners_of_a_partial_backup_take_part_and_are_asked_for_nothing_else() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        using ScriptedDataOwner other = await host.AddManagerAsync("other");
        manager.Keep(2, "kept");

        BackupReport report = await host.BackupAsync(r => r with { Owners = [Sid(2)] });

        Assert.Equal((OperationOutcome.Succeeded, 0x104), (report.Outcome, host.Modes[1].ToValue()));
        Assert.Equal(["owner"], report.Owners.Select(o => o.Name));
        Assert.Equal(["InitialiseGetProxyBackupData 0x30000002 C", "GetBackupDataSection"], host.Trace.Of("manager"));
        Assert.Empty(host.Trace.Of("other"));
    });

    [Fact]
    public void An_owner_whose_data_is_all_with_managers_needs_no_client() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        await host.RegisterAsync("absent", r => r with { ActiveType = ActiveType.ProxyOnly, ProxyManagers = [Sid(1)] });
        manager.Keep(2, "all there is");

        BackupReport report = await host.BackupAsync();
        manager.Keep(2, "lost");
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, PartType.Proxied), (report.Outcome, report.Of("absent").Type));
        Assert.Equal((OperationOutcome.Succeeded, true, "all there is"), (restored.Outcome, restored.Committed, manager.Kept(2)));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(1), $"expected no wait for a client, actual {time.Elapsed}");
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_manager_that_fails_takes_the_owners_it_serves_with_it_and_no_other(OwnerCallKind callback, string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", participate: p => p.WithClient(c => client = c));
        using ScriptedDataOwner one = await host.AddProxiedAsync("one", [2]);
        using ScriptedDataOwner two = await host.AddProxiedAsync("two", [2]);
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        ErrorCode code = manager.Break(callback, how, () => client!);

        BackupReport report = await host.BackupAsync();

        Assert.Equal([ErrorCode.Success, code, code, code, ErrorCode.Success], report.Owners.Select(o => o.Error));
        Assert.All(["one", "two"], o => Assert.Contains("Manager manager of owner", report.Of(o).Errors[^1], StringComparison.Ordinal));
        IReadOnlyList<string> calls = host.Trace.Of("manager");
        int failed = calls.ToList().FindIndex(c => c.StartsWith(callback.ToString(), StringComparison.Ordinal));
        Assert.All(calls.Skip(failed + 1), c => Assert.Equal("TerminateMultiStageOperation", c));
        Assert.True(calls.Count <= failed + 2);
        Assert.All(new[] { one, two }, o => Assert.False(o.Holds));
        host.AssertNormal();
    });

    [Fact]
    public void Data_that_a_manager_handed_over_for_one_owner_is_kept_when_it_fails_for_another() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner one = await host.AddProxiedAsync("one", [1]);
        using ScriptedDataOwner two = await host.AddProxiedAsync("two", [1]);
        manager.On(OwnerCallKind.InitialiseGetProxyBackupData, (call, _) => call == 1 ? throw new ConnException(ErrorCode.NoMemory, "enough") : default);

        BackupReport report = await host.BackupAsync();

        Assert.Equal([ErrorCode.NoMemory, ErrorCode.Success, ErrorCode.NoMemory], report.Owners.Select(o => o.Error));
    });

    [Fact]
    public void An_owner_is_ready_only_when_all_its_managers_are() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("slow", host.Owner("slow"), r => r with { ActiveType = ActiveType.ActiveAndProxy }, p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                await time.DelayAsync(TimeSpan.FromSeconds(30), t);
                return ErrorCode.Success;
            },
        });
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(10));
        DataOwnerStatus between = (await host.Engine.OwnersAsync(HostFixture.Never))[1].Status;

        Assert.Equal(DataOwnerStatus.NotReady, between);
        Assert.Equal(OperationOutcome.Succeeded, (await running).Outcome);
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(30));
    });

    [Fact]
    public void An_owner_whose_manager_is_absent_without_callbacks_or_not_a_manager_fails_with_the_reason() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.RegisterAsync("absent", r => r with { ActiveType = ActiveType.ActiveAndProxy });
        await host.AddAsync("quiet", null, r => r with { ActiveType = ActiveType.ProxyOnly });
        using ScriptedDataOwner plain = await host.AddOwnerAsync("plain");
        await host.AddProxiedAsync("of-absent", [1]);
        await host.AddProxiedAsync("of-quiet", [2]);
        await host.AddProxiedAsync("of-plain", [3]);
        await host.AddProxiedAsync("of-unknown", [99]);

        BackupReport report = await host.BackupAsync();

        Assert.Equal([ErrorCode.TimedOut, ErrorCode.NotSupported, ErrorCode.NotSupported, ErrorCode.NotFound],
            new[] { "of-absent", "of-quiet", "of-plain", "of-unknown" }.Select(o => report.Of(o).Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("plain").Outcome);
        host.AssertNormal();
    });

    [Fact]
    public void Impossible_managers_are_refused_at_registration() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.RegisterAsync("one", r => r with { ProxyManagers = [Sid(2)] });

        Task<ConnException> Refused(params int[] managers) =>
            Assert.ThrowsAsync<ConnException>(() => host.RegisterAsync("two", r => r with { ProxyManagers = [.. managers.Select(Sid)] }));
        ConnException[] refusals = [await Refused(2), await Refused(1), await Refused(5, 5), await Refused(-0x30000000)];

        Assert.All(refusals, r => Assert.Equal(ErrorCode.Argument, r.Code));
        Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
    });

    [Fact]
    public void An_abort_terminates_a_manager_in_the_middle_of_the_data_of_another_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.On(OwnerCallKind.GetBackupDataSection, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(1), t));
        using CancellationTokenSource abort = new(TimeSpan.FromSeconds(3), time.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.BackupAsync(abort: abort.Token));

        Assert.Equal("TerminateMultiStageOperation", host.Trace.Of("manager")[^1]);
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("owner"));
        Assert.False(manager.Holds);
        host.AssertNormal();
    });

    [Fact]
    public void An_owner_without_its_manager_fails_with_an_event_as_any_other() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner one = host.Owner("one");
        await host.AddAsync("one", one, r => r with { ProxyManagers = [new SecureId(999)], Policy = OwnerPolicy.BestEffort });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(ErrorCode.NotFound, report.Of("one").Error);
        OperationProgress told = Assert.Single(host.Steps, s => s.Phase == OperationPhase.OwnerFailed);
        Assert.Equal(("one", ErrorCode.NotFound), (told.Owner, told.Error));
    });

    [Fact]
    public void An_error_that_passes_through_a_chain_of_managers_stays_within_its_bound() => VirtualTime.Run(async time =>
    {
        const int Length = 300;
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        for (uint i = 1; i <= Length; i++)
        {
            await host.Engine.RegisterAsync(new DataOwnerRegistration($"owner{i}", new SecureId(i))
            {
                ActiveType = ActiveType.ActiveAndProxy, ProxyManagers = i == Length ? [] : [new SecureId(i + 1)],
            });
        }

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(1));
        using ScriptedDataOwner last = new("last", null);
        ActiveBackupClient client = await host.ConnectAsync(new SecureId(Length), last);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-79), HostFixture.Never);

        BackupReport report = await running;

        Assert.InRange(report.Owners.SelectMany(o => o.Errors).Max(e => e.Length), 1, 4200);
    });
}
