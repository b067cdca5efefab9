using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.Engine.Reports;
using Conn.PubSub;

namespace Conn.Testing.Simulation;

/// <summary>The faults of an owner outside of its calls: its preparation, its process, its connection.</summary>
internal sealed class OwnerFaults(SimulationRun run)
{
    /// <summary>The next operation begins: what is wrong with the owner from its start.</summary>
    public async Task ArmAsync(SimulatedOwner owner, SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Absent:
                run.Counts.Met(fault.Kind);
                owner.MaySeemSilent();
                run.Processes.Kill(owner);
                break;
            case FaultKind.ConnectLate:
                run.Counts.Met(fault.Kind);
                owner.Faulted |= fault.Amount > 55;
                owner.MayTimeOut |= fault.Amount > 55;
                run.Processes.Kill(owner);
                await owner.Subject.ReopenAsync();
                _ = run.Processes.StartLaterAsync(owner, fault.Amount);
                break;
            default:
                break;
        }
    }

    /// <summary>The engine has reported a step; what is due at it happens in a turn of its own, as the owner is not in the engine's loop.</summary>
    public void AtStep(SimulationFault fault, int step)
    {
        if (fault.Kind == FaultKind.DieBetween && fault.Amount % 40 == step)
        {
            run.Time.Scheduler.Schedule(() =>
            {
                SimulatedOwner owner = run.Owners[fault.Owner];
                if (run.Current.IsRunning && owner.Participant is not null)
                {
                    run.Counts.Met(fault.Kind);
                    owner.Fails(ErrorCode.ServerTerminated).MayTimeOut = true;
                    run.FailureChecks.Closing(owner, "its death");
                    run.Processes.Kill(owner);
                }
            });
        }
    }

    /// <summary>The engine has reported a step of some owner, or of none: owners that keep buffers write into those that are not theirs any more.</summary>
    public void WriteLate(OperationProgress progress)
    {
        foreach (SimulatedOwner owner in run.Owners.Where(o => o.Buffers is not null))
        {
            bool isOwn = progress.Owner is { } name && (name == owner.Name || name == owner.Serves?.Name);
            if (isOwn && progress.Phase is OperationPhase.DataFinished or OperationPhase.SnapshotFinished or OperationPhase.OwnerFinished)
            {
                owner.Buffers!.Ended();
            }
            else if (!isOwn && owner.Buffers!.Write())
            {
                run.Counts.Met(FaultKind.LateWrite);
            }
        }
    }

    /// <summary>The owner prepares for an operation.</summary>
    public async ValueTask<ErrorCode> PrepareAsync(SimulatedOwner owner, ActiveBackupClient client, CancellationToken token)
    {
        owner.Connection = client;
        foreach (SimulationFault fault in run.Current.IsRunning ? run.Current.Plan.Faults.Where(f => f.Owner == owner.Number && f.Callback is null).ToArray() : [])
        {
            switch (fault.Kind)
            {
                case FaultKind.Veto:
                    run.Counts.Met(fault.Kind);
                    owner.Fails(fault.Code);
                    run.FailureChecks.Expect(owner, fault.Code, "its confirmation");
                    return fault.Code;
                case FaultKind.PrepareThrows:
                    run.Counts.Met(fault.Kind);
                    ErrorCode thrown = fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General;
                    owner.Fails(thrown);
                    run.FailureChecks.Expect(owner, thrown, "its preparation");
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted") : new InvalidOperationException("scripted");
                case FaultKind.PrepareSlow:
                    run.Counts.Met(fault.Kind);
                    bool late = fault.Amount > 55 || run.Current.Plan.Faults.Any(f => f.Owner == owner.Number && f != fault && f.Kind is FaultKind.ConnectLate or FaultKind.PrepareSlow);
                    owner.Faulted |= late;
                    owner.MayTimeOut |= late;
                    owner.IsPreparing = true;
                    await run.Time.DelayAsync(TimeSpan.FromSeconds(fault.Amount), token);
                    owner.IsPreparing = false;
                    break;
                case FaultKind.PrepareHangs:
                    run.Counts.Met(fault.Kind);
                    owner.MaySeemSilent().MustRestart = true;
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }

        return ErrorCode.None;
    }
}
