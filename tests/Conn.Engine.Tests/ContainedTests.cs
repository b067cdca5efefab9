using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that misbehave where it is least expected: the others never notice.</summary>
public sealed class ContainedTests
{
    [Fact]
    public void An_owner_that_throws_when_asked_for_an_interface_fails_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner inner = host.Owner("throws");
        await host.AddAsync("throws", new ThrowsWhenAsked(inner), r => r with { Policy = OwnerPolicy.BestEffort });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.InUse), (report.Of("throws").Outcome, report.Of("throws").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        host.IsNormal();
    });

    [Fact]
    public void An_owner_that_leaves_while_it_is_terminated_fails_alone() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        SecureId sid = await host.RegisterAsync("leaves", r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner leaves = host.Owner("leaves");
        ActiveBackupClient first = await ConnectAsync(host, sid, leaves);
        await host.BackupAsync();
        leaves.Fail(CallbackKind.ReceiveSnapshotData, ErrorCode.Corrupt);
        ActiveBackupClient second = await ConnectAsync(host, sid, leaves);
        leaves.On(CallbackKind.TerminateMultiStageOperation, (_, _) =>
        {
            // Not awaited: it goes while the engine goes on.
            _ = second.DisposeAsync().AsTask();
            return default;
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("leaves").Outcome, report.Of("leaves").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.True(first.Ended.IsCompleted);
    });

    [Fact]
    public void The_buffer_of_a_callback_that_still_runs_is_given_to_nobody_else() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("leaves");
        using ScriptedDataOwner inner = host.Owner("leaves");
        TaskCompletionSource go = new();
        Leaves leaves = new(inner, go.Task);
        using ScriptedDataOwner good = host.Owner("good");
        Watches watches = new(good, leaves);
        await host.AddAsync("good", watches);
        leaves.Client = await ConnectAsync(host, sid, leaves);

        BackupReport report = await host.BackupAsync();
        go.SetResult();

        Assert.Equal(ErrorCode.DiskFull, report.Of("leaves").Error);
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.False(watches.WasGivenTheSame);
    });

    [Fact]
    public void Progress_of_a_session_that_has_ended_keeps_no_later_operation_waiting() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient stale = await ConnectAsync(host, sid, owner);
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
        // Ten minutes at most: an operation that waits longer than that waits for ever.
        for (int i = 0; i < 60 && !stop.IsCancellationRequested; i++)
        {
            await time.DelayAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            client.ReportProgress();
        }
    }

    private static async Task<ActiveBackupClient> ConnectAsync(VirtualHost host, SecureId sid, IActiveBackupDataClient owner)
    {
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("owner"), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        return client;
    }

    private sealed class ThrowsWhenAsked(IActiveBackupDataClient inner) : ForwardingClient(inner)
    {
        public override object? GetExtendedInterface(int uid) => throw new ConnException(ErrorCode.InUse, "not now");
    }

    private sealed class Leaves(IActiveBackupDataClient inner, Task go) : ForwardingClient(inner)
    {
        public ActiveBackupClient? Client { get; set; }

        public Memory<byte> Kept { get; private set; }

        public override async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Kept = buffer;
            await Client!.ConfirmReadyForBurAsync(ErrorCode.DiskFull, CancellationToken.None);
            await Client.DisposeAsync();
            await go;
            return new SectionResult(0, true);
        }
    }

    private sealed class Watches(IActiveBackupDataClient inner, Leaves other) : ForwardingClient(inner)
    {
        public bool WasGivenTheSame { get; private set; }

        public override ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            WasGivenTheSame |= buffer.Span.Overlaps(other.Kept.Span);
            return base.GetBackupDataSectionAsync(buffer, cancellationToken);
        }
    }
}
