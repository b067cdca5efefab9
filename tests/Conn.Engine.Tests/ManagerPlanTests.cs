using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>Managers are asked before a restore whether they could take what they keep for others, whether or not they are restored themselves.</summary>
public sealed class ManagerPlanTests
{
    private static readonly DriveList Both = DriveList.Of(DriveNumber.C, DriveNumber.FromLetter('E'));

    [Theory]
    [InlineData(true, "C -1, E -1")]
    [InlineData(false, "C 13, E -1")]
    public void A_manager_is_asked_about_its_own_drives_and_those_of_the_owners_it_serves(bool asHelper, string asked) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner owner = host.Owner("owner");
        await host.AddAsync("owner", owner, r => r with { Drives = Both, ProxyManagers = [Sid(1)] });
        await host.BackupAsync();
        Plan plan = new();

        await RestoreAsync(host, plan, r => r with { PlanOnly = true, Owners = asHelper ? [Sid(2)] : null });

        Assert.Equal(asked, string.Join(", ", plan.Asked));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_helper_that_refuses_ends_the_restore_of_a_required_owner_before_the_mode_changes(bool planOnly) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", register: r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        await host.BackupAsync();
        int modes = host.Modes.Count;
        int lines = host.Trace.Lines.Count;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => RestoreAsync(host,
            new Plan(() => throw new ConnException(ErrorCode.DiskFull, "no room")), r => r with { PlanOnly = planOnly, Owners = [Sid(2)] }));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.DiskFull), (refused.Refusal, refused.Code));
        foreach (string word in new[] { "manager", "owner owner", "no room" })
        {
            Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((modes, lines), (host.Modes.Count, host.Trace.Lines.Count));
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_helper_that_refuses_takes_best_effort_owners_with_it_and_the_others_are_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        using ScriptedDataOwner weak = await host.AddProxiedAsync("weak", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner free = await host.AddOwnerAsync("free");
        manager.Keep(2, "then");
        await host.BackupAsync();
        manager.Keep(2, "now");
        weak.Set("now");
        free.Set("now");
        Plan plan = new(() => throw new InvalidOperationException("cannot"));

        RestoreReport foretold = await RestoreAsync(host, plan, r => r with { PlanOnly = true, Owners = [Sid(2), Sid(3)] });
        RestoreReport report = await RestoreAsync(host, plan, r => r with { Owners = [Sid(2), Sid(3)] });

        Assert.All(new[] { foretold, report }, r =>
        {
            Assert.Equal((OperationOutcome.Partial, ErrorCode.General), (r.Outcome, r.Of("weak").Error));
            Assert.Contains("Manager manager of owner weak", r.Of("weak").Errors[^1], StringComparison.Ordinal);
        });
        Assert.Equal((true, "now", "now", "free: data"), (report.Committed, manager.Kept(2), weak.Text(), free.Text()));
        Assert.False(manager.Holds || weak.Holds);
        host.IsNormal();
    });

    [Fact]
    public void A_helper_whose_plan_never_answers_is_a_refusal() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1]);
        await host.BackupAsync();

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(
            () => RestoreAsync(host, new Plan(() => new ValueTask(new TaskCompletionSource().Task)), r => r with { Owners = [Sid(2)] }));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
    });

    [Fact]
    public void A_manager_whose_owners_are_all_left_out_is_not_asked() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner first = await host.AddManagerAsync("first", ActiveType.ProxyOnly);
        using ScriptedDataOwner second = await host.AddManagerAsync("second", ActiveType.ProxyOnly);
        using ScriptedDataOwner owner = await host.AddProxiedAsync("owner", [1, 2], OwnerPolicy.BestEffort);
        await host.BackupAsync();
        Plan refuses = new(() => throw new ConnException(ErrorCode.DiskFull, "no room"));
        Plan accepts = new();

        RestoreReport report = await RestoreAsync(host, refuses, r => r with
        {
            PlanOnly = true, Owners = [Sid(3)], Plans = new Dictionary<SecureId, IRestorePlan> { [Sid(1)] = refuses, [Sid(2)] = accepts },
        });

        Assert.Equal(ErrorCode.DiskFull, report.Of("owner").Error);
        Assert.Equal(["C -1"], refuses.Asked);
        Assert.Empty(accepts.Asked);
    });

    private static async Task<RestoreReport> RestoreAsync(VirtualHost host, Plan plan, Func<RestoreRequest, RestoreRequest> change) => await host.Engine.RestoreAsync(change(new RestoreRequest
    {
        Repository = host.Repository, Set = (await host.Repository.ListSetsAsync(HostFixture.Never))[^1],
        Plans = new Dictionary<SecureId, IRestorePlan> { [Sid(1)] = plan },
    }), HostFixture.Never);

    private sealed class Plan(Func<ValueTask>? answer = null) : IRestorePlan
    {
        public List<string> Asked { get; } = [];

        public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
        {
            Asked.Add($"{drive} {expectedBytes}");
            return answer?.Invoke() ?? default;
        }
    }
}
