using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that misbehave in unusual places: the others are not affected.</summary>
public sealed class ContainedTests
{
    [Fact]
    public void An_owner_that_throws_when_asked_for_an_interface_fails_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.AddAsync("throws", new StubOwner { ExtendedInterface = _ => throw new ConnException(ErrorCode.InUse, "not now") }, r =>
            r with { Policy = OwnerPolicy.BestEffort });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.InUse), (report.Of("throws").Outcome, report.Of("throws").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        host.AssertNormal();
    });

    [Fact]
    public void An_owner_that_closes_its_connection_while_it_is_terminated_fails_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        SecureId sid = await host.RegisterAsync("leaves", r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner leaves = host.Owner("leaves");
        ActiveBackupClient first = await host.ConnectReadyAsync(sid, leaves);
        await host.BackupAsync();
        leaves.Fail(OwnerCallKind.ReceiveSnapshotData, ErrorCode.Corrupt);
        ActiveBackupClient second = await host.ConnectReadyAsync(sid, leaves);
        leaves.On(OwnerCallKind.TerminateMultiStageOperation, (_, _) =>
        {
            // Not awaited: the connection closes while the engine goes on.
            _ = second.DisposeAsync().AsTask();
            return default;
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("leaves").Outcome, report.Of("leaves").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.True(first.Ended.IsCompleted);
    });

    [Fact]
    public void The_buffer_of_a_callback_that_still_runs_is_given_to_no_other_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("leaves");
        using ScriptedDataOwner leaves = host.Owner("leaves");
        TaskCompletionSource released = new();
        Memory<byte> kept = default;
        bool wasGivenTheSame = false;
        ActiveBackupClient? client = null;
        using ScriptedDataOwner good = await host.AddOwnerAsync("good", participate: p => p.WithLayer((call, next, t) =>
        {
            wasGivenTheSame |= call.Kind == OwnerCallKind.GetBackupDataSection && call.Buffer.Span.Overlaps(kept.Span);
            return next(call, t);
        }));
        client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, leaves, host.ClientOptions("leaves").WithLayer(async (call, next, t) =>
        {
            if (call.Kind != OwnerCallKind.GetBackupDataSection)
            {
                return await next(call, t);
            }

            kept = call.Buffer;
            await client!.ConfirmReadyForBurAsync(ErrorCode.DiskFull, CancellationToken.None);
            await client.DisposeAsync();
            await released.Task;
            return new OwnerCallResult { Section = new SectionResult(0, true) };
        }), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        BackupReport report = await host.BackupAsync();
        released.SetResult();

        Assert.Equal(ErrorCode.DiskFull, report.Of("leaves").Error);
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.False(kept.IsEmpty);
        Assert.False(wasGivenTheSame);
    });

    [Fact]
    public void Progress_of_a_session_that_has_ended_keeps_no_later_operation_waiting() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient stale = await host.ConnectReadyAsync(sid, owner);
        await host.BackupAsync();
        using CancellationTokenSource stop = new();
        Task reporting = ReportAsync(time, stale, stop.Token);
        TimeSpan started = time.Elapsed;

        BackupReport report = await host.BackupAsync();
        stop.Cancel();
        await reporting;

        Assert.Equal(ErrorCode.TimedOut, report.Of("one").Error);
        Assert.InRange(time.Elapsed - started, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(71));
    });

    private static async Task ReportAsync(VirtualTime time, ActiveBackupClient client, CancellationToken stop)
    {
        // Ten minutes at most: an operation that waits longer than that never ends.
        for (int i = 0; i < 60 && !stop.IsCancellationRequested; i++)
        {
            await time.DelayAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            client.ReportProgress();
        }
    }
}
