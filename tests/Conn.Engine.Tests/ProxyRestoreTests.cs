using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

public sealed class ProxyRestoreTests
{
    public static TheoryData<OwnerCallKind, string> Failures
    {
        get
        {
            TheoryData<OwnerCallKind, string> all = [];
            foreach (OwnerCallKind callback in new[] { OwnerCallKind.InitialiseRestoreProxyBaseData, OwnerCallKind.RestoreBaseDataSection,
                OwnerCallKind.PrepareRestore })
            {
                foreach (string how in new[] { "hangs", "closes", "fails" })
                {
                    all.Add(callback, how);
                }
            }

            return all;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(65536)]
    public void Every_byte_comes_back_to_the_manager_that_kept_it_whatever_the_size_of_sections(int sectionBytes) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, sectionBytes: sectionBytes);
        using ScriptedDataOwner first = await host.AddManagerAsync("first");
        using ScriptedDataOwner second = await host.AddManagerAsync("second", ActiveType.ProxyOnly);
        using ScriptedDataOwner one = await host.AddProxiedAsync("one", [1, 2]);
        using ScriptedDataOwner two = await host.AddProxiedAsync("two", [2]);
        first.Keep(3, "what first keeps for one");
        second.Keep(3, "");
        second.Keep(4, "what second keeps for two, a little longer than the frames");
        first.MaxSectionBytes = 11;
        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in new[] { first, one, two })
        {
            owner.Set("lost");
        }

        first.Keep(3, "lost");
        second.Keep(3, "lost");
        second.Keep(4, "lost");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, true), (report.Outcome, report.Committed));
        Assert.Equal(("what first keeps for one", "", "what second keeps for two, a little longer than the frames"),
            (first.Kept(3), second.Kept(3), second.Kept(4)));
        Assert.Equal(("first: data", "one: data", "two: data"), (first.Text(), one.Text(), two.Text()));
        Assert.All(new[] { "first", "second", "one", "two" }, name => EveryStreamEndsOnce(host.Trace.Of(name)));
        Assert.DoesNotContain(host.Trace.Lines, l => l.Contains("Terminate", StringComparison.Ordinal));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void Managers_are_prepared_once_after_all_was_given_and_completed_before_the_owners_they_serve() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [3]);
        using ScriptedDataOwner other = await host.AddProxiedAsync("other", [3]);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        await host.BackupAsync();
        int seen = host.Trace.Lines.Count;

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal(["manager", "owner", "other"], report.Owners.Select(o => o.Name));
        List<string> lines = [.. host.Trace.Lines.Skip(seen).Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Assert.Equal(["manager PrepareRestore C", "owner PrepareRestore C", "other PrepareRestore C", "manager RestoreComplete C", "owner RestoreComplete C",
            "other RestoreComplete C"],
            lines.Where(l => l.Contains("PrepareRestore", StringComparison.Ordinal) || l.Contains("RestoreComplete", StringComparison.Ordinal)));
        Assert.True(lines.FindIndex(l => l.Contains("PrepareRestore", StringComparison.Ordinal)) > lines.FindLastIndex(l =>
            l.Contains("BaseDataSection", StringComparison.Ordinal)));
    });

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_manager_of_a_required_owner_that_fails_before_the_commit_means_no_change_anywhere(OwnerCallKind callback, string how) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, participate: p => p.WithClient(c => client = c));
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [2]);
        manager.Keep(3, "then");
        await host.BackupAsync();
        good.Set("mine");
        owner.Set("mine too");
        manager.Keep(3, "now");
        ErrorCode code = manager.Break(callback, how, () => client!);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, false), (report.Outcome, report.Committed));
        Assert.Equal((code, code, ErrorCode.Success), (report.Of("owner").Error, report.Of("manager").Error, report.Of("good").Error));
        Assert.Equal(("mine", "mine too", "now"), (good.Text(), owner.Text(), manager.Kept(3)));
        Assert.False(good.Holds || owner.Holds);
        Assert.Equal(how != "fails", !host.Trace.Of("manager").Contains("TerminateMultiStageOperation"));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        host.AssertNormal();
    });

    [Fact]
    public void Owners_joined_by_a_manager_fail_together_and_the_others_are_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner weak = await host.AddProxiedAsync("weak", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner tied = await host.AddProxiedAsync("tied", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner free = await host.AddOwnerAsync("free");
        manager.Keep(2, "then");
        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in new[] { weak, tied, free })
        {
            owner.Set("now");
        }

        manager.Keep(2, "now");
        weak.Fail(OwnerCallKind.RestoreBaseDataSection, ErrorCode.DiskFull);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Partial, true), (report.Outcome, report.Committed));
        Assert.Equal((ErrorCode.DiskFull, ErrorCode.DiskFull, ErrorCode.DiskFull, ErrorCode.Success),
            (report.Of("weak").Error, report.Of("manager").Error, report.Of("tied").Error, report.Of("free").Error));
        Assert.Equal(("now", "now", "now", "free: data"), (manager.Kept(2), weak.Text(), tied.Text(), free.Text()));
        Assert.Contains("TerminateMultiStageOperation", host.Trace.Of("manager"));
        Assert.DoesNotContain(host.Trace.Of("manager"), c => c.StartsWith("RestoreComplete", StringComparison.Ordinal));
        Assert.False(manager.Holds);
    });

    [Fact]
    public void Managers_in_another_order_or_number_than_in_the_set_are_corrupt_and_nothing_changes() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await MadeByTwoManagersAsync(time);
        foreach (int[] managers in new int[][] { [1], [2, 1], [1, 2] })
        {
            await using VirtualHost now = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner newA = await now.AddManagerAsync("a", ActiveType.ProxyOnly);
            using ScriptedDataOwner newB = await now.AddManagerAsync("b", ActiveType.ProxyOnly);
            using ScriptedDataOwner newOwner = await now.AddProxiedAsync("owner", managers);
            using ScriptedDataOwner newPlain = now.Owner("plain", "now");
            await now.AddAsync("plain", newPlain);

            RestoreReport report = await now.RestoreAsync(r => r with { InPlace = false }, then.Repository);

            bool same = managers is [1, 2];
            Assert.Equal((same, same ? ErrorCode.Success : ErrorCode.Corrupt), (report.Committed, report.Of("owner").Error));
            Assert.Equal(ErrorCode.Success, report.Of("plain").Error);
            Assert.Equal(same ? "plain: data" : "plain: now", newPlain.Text());
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_set_of_another_form_is_refused_before_the_mode_changes(bool withoutManagers) => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await MadeByTwoManagersAsync(time);
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner newA = await now.AddManagerAsync("a", ActiveType.ProxyOnly);
        using ScriptedDataOwner newB = await now.AddManagerAsync("b", ActiveType.ProxyOnly);
        using ScriptedDataOwner newOwner = await now.AddProxiedAsync("owner", withoutManagers ? [] : [1, 2]);
        using ScriptedDataOwner newPlain = now.Owner("plain", "now");
        await now.AddAsync("plain", newPlain, r => withoutManagers ? r : r with { ProxyManagers = [Sid(1)] });

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(
            () => now.RestoreAsync(r => r with { InPlace = false }, then.Repository));

        Assert.Equal((OperationRefusal.OtherForm, ErrorCode.Corrupt), (refused.Refusal, refused.Code));
        Assert.Contains(withoutManagers ? "owner owner" : "owner plain", refused.Message, StringComparison.Ordinal);
        Assert.Equal([BurMode.Normal], now.Modes);
        Assert.Equal("plain: now", newPlain.Text());
    });

    [Fact]
    public void A_manager_that_fails_after_the_commit_is_rolled_forward_by_the_next_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        owner.Set("now");
        bool cut = true;
        manager.On(OwnerCallKind.RestoreComplete, (_, _) => cut ? throw new ConnException(ErrorCode.TimedOut, "cut off") : default);

        RestoreReport first = await host.RestoreAsync();
        RestoreRecord pending = Assert.Single(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        string before = manager.Kept(2);
        cut = false;
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, true, ErrorCode.TimedOut), (first.Outcome, first.Committed, first.Of("owner").Error));
        Assert.Equal(["manager"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        Assert.Equal(("now", "then", "owner: data"), (before, manager.Kept(2), owner.Text()));
        Assert.Equal(OperationOutcome.Succeeded, next.Outcome);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_partial_restore_does_not_change_the_own_data_of_managers() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        using ScriptedDataOwner other = await host.AddProxiedAsync("other", [1]);
        manager.Keep(2, "then");
        manager.Keep(3, "then");
        await host.BackupAsync();
        manager.Set("manager: now");
        manager.Keep(2, "now");
        manager.Keep(3, "now");

        RestoreReport report = await host.RestoreAsync(r => r with { Owners = [Sid(2)] });
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, true), (report.Outcome, report.Committed));
        Assert.Equal(["owner"], report.Owners.Select(o => o.Name));
        Assert.Equal(("manager: now", "then", "now"), (manager.Text(), manager.Kept(2), manager.Kept(3)));
        Assert.Equal((OperationOutcome.Succeeded, PartType.Increment), (next.Outcome, next.Of("manager").Type));
    });

    [Fact]
    public void Increments_of_other_owners_and_the_base_of_a_proxied_owner_are_restored_together() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        manager.Keep(2, "first");
        await host.BackupAsync();
        manager.Set("second");
        manager.Keep(2, "second");
        owner.Set("second");
        await host.BackupAsync();
        manager.Set("lost");
        manager.Keep(2, "lost");
        owner.Set("lost");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(("second", "second", "second"), (manager.Text(), manager.Kept(2), owner.Text()));
        Assert.Contains("InitialiseRestoreIncrementData C", host.Trace.Of("manager"));
        Assert.DoesNotContain("InitialiseRestoreIncrementData C", host.Trace.Of("owner"));
    });

    private static async Task<VirtualHost> MadeByTwoManagersAsync(VirtualTime time)
    {
        VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddManagerAsync("a", ActiveType.ProxyOnly);
        await host.AddManagerAsync("b", ActiveType.ProxyOnly);
        await host.AddProxiedAsync("owner", [1, 2]);
        await host.AddOwnerAsync("plain");
        await host.BackupAsync();
        return host;
    }

    private static void EveryStreamEndsOnce(IReadOnlyList<string> calls)
    {
        int opened = calls.Count(c => c.StartsWith("InitialiseRestore", StringComparison.Ordinal));
        int ended = calls.Count(c => c.StartsWith("RestoreBaseDataSection", StringComparison.Ordinal) && c.EndsWith(" last", StringComparison.Ordinal));
        Assert.Equal(opened, ended);
    }
}
