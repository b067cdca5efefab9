using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Engine.Traces;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Conn.Testing.Traces;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An owner that confirms a failure while a call of it runs.</summary>
public sealed class FailureInsideCallTests
{
    [Fact]
    public void The_operation_ends_although_the_call_never_does()
    {
        (BackupReport? report, TimeSpan took, _) = Run(hangs: true);

        Assert.Equal((OperationOutcome.Failed, ErrorCode.DiskFull), (report!.Outcome, report.Owners[0].Error));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void The_trace_has_the_end_of_the_call_before_the_termination()
    {
        (_, _, IReadOnlyList<TraceEntry> trace) = Run(hangs: false);

        TraceReplay.Check(trace);
        TraceEntry call = Assert.Single(trace, e => e.Call == OwnerCallKind.GetBackupDataSection);
        TraceEntry terminate = Assert.Single(trace, e => e.Call == OwnerCallKind.TerminateMultiStageOperation);
        Assert.Equal((true, DriveState.Failed), (call.GivenUp, call.Moves[0].After));
        Assert.Equal((DriveState.Failed, DriveState.Terminated), (terminate.Moves[0].Before, terminate.Moves[0].After));
    }

    private static (BackupReport? Report, TimeSpan Took, IReadOnlyList<TraceEntry> Trace) Run(bool hangs)
    {
        List<TraceEntry> trace = [];
        BackupReport? report = null;
        TimeSpan took = default;
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { Trace = trace.Add });
            using ScriptedDataOwner owner = new("a", host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
            ActiveBackupClient? connected = null;
            await host.AddAsync("a", owner, participate: o => o with
            {
                PrepareAsync = (client, _, _) =>
                {
                    connected = client;
                    return new(ErrorCode.Success);
                },
            });
            owner.On(OwnerCallKind.GetBackupDataSection, async (_, _) =>
            {
                await connected!.ConfirmReadyForBurAsync(ErrorCode.DiskFull, CancellationToken.None);
                await (hangs ? new TaskCompletionSource().Task : Task.CompletedTask);
            });

            report = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
            took = time.Elapsed;
        });
        return (report, took, trace);
    }
}
