using System.Reactive.Concurrency;
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

/// <summary>Reports and sets say what is in them: owners without data, owners that failed, owners that are not registered.</summary>
public sealed class ReportsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Owners_without_callbacks_alone_make_no_set(int count) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        for (int i = 0; i < count; i++)
        {
            await host.AddAsync($"quiet{i}", null);
        }

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, false), (report.Outcome, report.Verified));
        Assert.Null(report.Set);
        Assert.All(report.Owners, o => Assert.Equal((OwnerOutcome.Succeeded, PartType.Quiesced), (o.Outcome, o.Type)));
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
    });

    [Fact]
    public void An_owner_that_connects_once_without_callbacks_makes_no_increment_without_data() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        await host.ConnectReadyAsync(sid, owner);
        await host.BackupAsync();

        await host.ConnectReadyAsync(sid, null);
        BackupReport quiet = await host.BackupAsync();
        owner.Set("lost");
        await host.ConnectReadyAsync(sid, owner);
        RestoreReport restored = await host.RestoreAsync();

        Assert.Null(quiet.Set);
        Assert.Equal((OperationOutcome.Succeeded, "one: data"), (restored.Outcome, owner.Text()));
    });

    [Fact]
    public void An_owner_without_callbacks_beside_others_has_a_part_without_data_that_a_restore_refuses_or_passes_over() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId quiet = await host.RegisterAsync("quiet");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner owner = host.Owner("quiet");
        await host.ConnectReadyAsync(quiet, owner);
        await host.BackupAsync();
        await host.ConnectReadyAsync(quiet, null);
        BackupReport backup = await host.BackupAsync();
        owner.Set("now");
        good.Set("now");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = [quiet] }));
        await host.ConnectReadyAsync(quiet, null);
        RestoreReport restored = await host.RestoreAsync();

        OwnerPart part = backup.Set!.Part(quiet.Value)!;
        Assert.Equal((PartType.Quiesced, PartType.Quiesced, 0), (backup.Of("quiet").Type, part.Type, part.Drives.Count));
        Assert.Null(part.Parent);
        Assert.Equal(OperationRefusal.NoSuchOwner, refused.Refusal);
        Assert.Contains("quiet", refused.Message, StringComparison.Ordinal);
        Assert.Equal((OperationOutcome.Succeeded, true, "good: data", "now"), (restored.Outcome, restored.Committed, good.Text(), owner.Text()));
    });

    [Fact]
    public void The_next_increment_of_an_owner_that_was_quiet_once_continues_its_last_part_with_data() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner owner = host.Owner("one");
        await host.ConnectReadyAsync(sid, owner);
        BackupReport first = await host.BackupAsync();
        await host.ConnectReadyAsync(sid, null);
        await host.BackupAsync();
        owner.Set("third");
        await host.ConnectReadyAsync(sid, owner);

        BackupReport third = await host.BackupAsync();
        owner.Set("lost");
        await host.ConnectReadyAsync(sid, owner);
        RestoreReport restored = await host.RestoreAsync();

        Assert.Equal((PartType.Increment, first.Set!.Id.Text), (third.Of("one").Type, third.Of("one").Parent));
        Assert.Equal((OperationOutcome.Succeeded, "third"), (restored.Outcome, owner.Text()));
    });

    [Fact]
    public void A_restore_of_all_owners_passes_over_a_part_that_failed_and_names_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner weak = host.Owner("weak");
        SecureId sid = await host.AddAsync("weak", weak, r => r with { Policy = OwnerPolicy.BestEffort });
        weak.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.NoMemory);
        await host.BackupAsync();
        good.Set("lost");
        weak.Set("now");

        RestoreReport plan = await host.RestoreAsync(r => r with { PlanOnly = true });
        RestoreReport report = await host.RestoreAsync();
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { Owners = [sid] }));

        Assert.All(new[] { plan, report }, r =>
        {
            Assert.Equal(["good"], r.Owners.Select(o => o.Name));
            Assert.Contains(r.Notes, n => n.Contains("weak", StringComparison.Ordinal) && n.Contains("failed", StringComparison.Ordinal));
            Assert.Equal(OperationOutcome.Succeeded, r.Outcome);
        });
        Assert.Equal((true, "good: data", "now"), (report.Committed, good.Text(), weak.Text()));
        Assert.Equal((OperationRefusal.NoSuchOwner, ErrorCode.NotFound), (refused.Refusal, refused.Code));
        Assert.Equal(0x110, host.Modes[^2].ToValue());
    });

    [Fact]
    public void A_restore_of_all_owners_names_those_of_the_set_that_are_not_registered() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner first = await then.AddOwnerAsync("here");
        using ScriptedDataOwner gone = await then.AddOwnerAsync("gone");
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner here = now.Owner("here", "now");
        await now.AddAsync("here", here);

        RestoreReport report = await now.RestoreAsync(r => r, then.Repository);

        Assert.Equal((OperationOutcome.Succeeded, "here: data"), (report.Outcome, here.Text()));
        Assert.Equal(["here"], report.Owners.Select(o => o.Name));
        Assert.Contains(report.Notes, n => n.Contains("gone", StringComparison.Ordinal));
        // All registered owners take part.
        Assert.Equal(0x108, now.Modes[^2].ToValue());
    });

    [Fact]
    public void A_restore_of_all_owners_leaves_out_registered_owners_that_the_set_does_not_hold() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        await host.BackupAsync();
        using ScriptedDataOwner late = await host.AddOwnerAsync("late");
        one.Set("lost");
        late.Set("now");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, "one: data", "now"), (report.Outcome, one.Text(), late.Text()));
        Assert.Equal(["one"], report.Owners.Select(o => o.Name));
        Assert.Empty(host.Trace.Of("late"));
        Assert.Equal(0x110, host.Modes[^2].ToValue());
    });

    [Fact]
    public void A_set_that_holds_no_registered_owner_is_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await then.AddOwnerAsync("one");
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        await now.Engine.RegisterAsync(new DataOwnerRegistration("other", new SecureId(0x40000000)));

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => now.RestoreAsync(r => r, then.Repository));

        Assert.Equal(OperationRefusal.NoSuchOwner, refused.Refusal);
        Assert.Single(now.Modes);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_participant_whose_preparation_blocks_its_thread_is_disposed_within_its_bound(bool immediate)
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { ReadinessTimeout = TimeSpan.FromMilliseconds(500) });
        using Blocker blocker = new();
        using ScriptedDataOwner owner = new("blocks", null);
        SecureId sid = new(0x30000077);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("blocks", sid) { Policy = OwnerPolicy.BestEffort });
        DataOwnerParticipant participant = new(host.OpenBus(sid), host.Engine.Transport, sid, owner, new DataOwnerParticipantOptions
        {
            Client = host.ClientOptions("blocks") with { TimeProvider = clock, Scheduler = immediate ? ImmediateScheduler.Instance
                : TaskPoolScheduler.Default },
            PrepareAsync = (_, _, _) =>
            {
                blocker.Enter();
                return new(ErrorCode.Success);
            },
        });
        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();

        Task disposing = Task.Run(async () => await participant.DisposeAsync(), TestContext.Current.CancellationToken);
        await clock.TimerIsSetAsync(TimeSpan.FromSeconds(5));
        bool early = disposing.IsCompleted;
        clock.Advance(TimeSpan.FromSeconds(5));
        await disposing.Within("the dispose ends at its limit");

        Assert.False(early, "Expected: the dispose waits for the preparation. Actual: it did not.");
        blocker.Open();
        Assert.Equal(OwnerOutcome.Failed, (await running.Within("the backup ends")).Of("blocks").Outcome);
    }

    [Fact]
    public void A_quiet_owner_that_closes_before_the_end_is_reported_as_it_is_stored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("quiet");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, null);
        good.On(OwnerCallKind.GetBackupDataSection, async (_, _) => await client.DisposeAsync());

        BackupReport report = await host.BackupAsync();

        Assert.Equal((PartType.Quiesced, PartType.Quiesced), (report.Set!.Part(sid.Value)!.Type, report.Of("quiet").Type));
    });
}
