using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>Managers are asked before a restore whether they could take data that they keep for others, whether or not they are restored themselves.</summary>
public sealed class ManagerPlanTests
{
    private static readonly DriveList Both = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'));

    [Theory]
    [InlineData(true, "C -1, E -1")]
    [InlineData(false, "C 13, E -1")]
    public void A_manager_is_asked_about_its_own_drives_and_those_of_the_owners_it_serves(bool asHelper, string asked) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new();
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", participate: plans.Add);
        using ScriptedDataOwner owner = host.Owner("owner");
        await host.AddAsync("owner", owner, r => r with { Drives = Both, ProxyManagers = [Sid(1)] });
        await host.BackupAsync();

        await host.RestoreAsync(r => r with { PlanOnly = true, Owners = asHelper ? [Sid(2)] : null });

        Assert.Equal(asked, string.Join(", ", plans.Asked));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_helper_that_refuses_ends_the_restore_of_a_required_owner_before_the_mode_changes(bool planOnly) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new() { Answer = _ => throw new ConnException(ErrorCode.DiskFull, "no room") };
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", register: r => r with { Policy = OwnerPolicy.BestEffort },
            participate: plans.Add);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        await host.BackupAsync();
        int modes = host.Modes.Count;
        int lines = host.Trace.Lines.Count;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() =>
            host.RestoreAsync(r => r with { PlanOnly = planOnly, Owners = [Sid(2)] }));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.DiskFull), (refused.Refusal, refused.Code));
        foreach (string word in new[] { "manager", "owner owner", "no room" })
        {
            Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((modes, lines), (host.Modes.Count, host.Trace.Lines.Count));
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_helper_that_refuses_leaves_out_the_best_effort_owners_it_serves_and_the_others_are_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new() { Answer = _ => throw new InvalidOperationException("cannot") };
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", participate: plans.Add);
        using ScriptedDataOwner weak = await host.AddProxiedAsync("weak", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner free = await host.AddOwnerAsync("free");
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        weak.Set("now");
        free.Set("now");

        RestoreReport planned = await host.RestoreAsync(r => r with { PlanOnly = true, Owners = [Sid(2), Sid(3)] });
        RestoreReport report = await host.RestoreAsync(r => r with { Owners = [Sid(2), Sid(3)] });

        Assert.All(new[] { planned, report }, r =>
        {
            Assert.Equal((OperationOutcome.Partial, ErrorCode.General), (r.Outcome, r.Of("weak").Error));
            Assert.Contains("Manager manager of owner weak", r.Of("weak").Errors[^1], StringComparison.Ordinal);
        });
        Assert.Equal((true, "now", "now", "free: data"), (report.Committed, manager.Kept(2), weak.Text(), free.Text()));
        Assert.False(manager.Holds || weak.Holds);
        host.AssertNormal();
    });

    [Fact]
    public void A_helper_whose_plan_never_answers_is_a_refusal() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        RestorePlans plans = new() { Answer = _ => new ValueTask(new TaskCompletionSource().Task) };
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, participate: plans.Add);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        await host.BackupAsync();

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = [Sid(2)] }));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
    });

    [Fact]
    public void A_manager_whose_owners_are_all_left_out_by_then_is_not_asked() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { MaxPreparing = 1 });
        RestorePlans refuses = new() { Answer = _ => throw new ConnException(ErrorCode.DiskFull, "no room") };
        RestorePlans accepts = new();
        using ScriptedDataOwner first = await host.AddManagerAsync("first", ActiveType.ProxyOnly, participate: refuses.Add);
        using ScriptedDataOwner second = await host.AddManagerAsync("second", ActiveType.ProxyOnly, participate: accepts.Add);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1, 2], OwnerPolicy.BestEffort);
        await host.BackupAsync();

        RestoreReport report = await host.RestoreAsync(r => r with { PlanOnly = true, Owners = [Sid(3)] });

        Assert.Equal(ErrorCode.DiskFull, report.Of("owner").Error);
        Assert.Equal(["C -1"], refuses.Asked);
        Assert.Empty(accepts.Asked);
    });

    [Fact]
    public void Plans_that_never_answer_are_waited_for_together() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        for (int i = 0; i < 10; i++)
        {
            await host.AddOwnerAsync($"hangs{i}", OwnerPolicy.BestEffort, p => p.WithLayer(async (call, next, t) =>
            {
                if (call.Kind == OwnerCallKind.PlanRestore)
                {
                    await time.DelayAsync(TimeSpan.FromHours(2), HostFixture.Never);
                }

                return await next(call, t);
            }));
        }

        await host.AddOwnerAsync("good");
        await host.BackupAsync();
        TimeSpan from = time.Elapsed;

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.InRange(time.Elapsed - from, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
    });
}
