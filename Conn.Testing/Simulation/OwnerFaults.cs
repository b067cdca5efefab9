using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The faults of an owner outside of its calls: its preparation, its process, its connection.</summary>
internal sealed class OwnerFaults(SimulationRun run)
{
    // A thread that blocks at this step or later blocks from the start instead.
    private const int LastStep = 70;

    /// <summary>The next operation begins: what is wrong with the owner from its start.</summary>
    public async Task ArmAsync(SimulatedOwner owner, SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Absent:
                run.Met(fault);
                owner.MaySeemSilent();
                run.Processes.Kill(owner);
                break;
            case FaultKind.ConnectLate:
                run.Met(fault);
                owner.Faulted |= fault.Amount > 55;
                owner.MayTimeOut |= fault.Amount > 55;
                run.Processes.Kill(owner);
                await owner.Subject.ReopenAsync();
                _ = run.Processes.StartLaterAsync(owner, fault.Amount);
                break;
            case FaultKind.BlockedThread when fault.Amount >= LastStep:
                Block(owner, fault);
                break;
            default:
                break;
        }
    }

    /// <summary>The engine has reported a step; what is due at it happens in a turn of its own, as the owner is not in the engine's loop.</summary>
    public void AtStep(SimulationFault fault, int step)
    {
        bool isDue = fault.Kind switch
        {
            FaultKind.DieBetween or FaultKind.ConnectionLost or FaultKind.ConnectsTwice => fault.Amount % 40 == step,
            FaultKind.BlockedThread or FaultKind.LateVeto => fault.Amount == step,
            _ => false,
        };
        if (isDue)
        {
            run.Time.Scheduler.Schedule(() =>
            {
                SimulatedOwner owner = run.Owners[fault.Owner];
                if (run.Current.IsRunning && !run.IsDead && owner.Participant is not null)
                {
                    Happen(owner, fault);
                }
            });
        }
    }

    private void Happen(SimulatedOwner owner, SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.DieBetween:
                run.Met(fault);
                owner.Fails(ErrorCode.ServerTerminated).MayTimeOut = true;
                run.FailureChecks.Closing(owner, "its death");
                run.Processes.Kill(owner);
                break;
            case FaultKind.ConnectionLost when owner.Socket is { IsCut: false } socket:
                run.Met(fault);
                run.Trace.Add($"{fault}");
                owner.MaySeemSilent();
                TimeSpan noticed = fault.Amount % 2 == 0 ? TimeSpan.FromTicks(fault.Amount) : TimeSpan.FromTicks(500 * fault.Amount);
                socket.Cut(noticed, fault.Amount % 2 == 0 ? noticed : TimeSpan.FromSeconds(10 * fault.Amount));
                break;
            case FaultKind.ConnectsTwice when owner is { Socket.IsCut: false, Channel: { } channel }:
                _ = ConnectAgainAsync(owner, channel, fault);
                break;
            case FaultKind.BlockedThread:
                Block(owner, fault);
                break;
            case FaultKind.LateVeto when owner is { IsBlocked: false, Connection: { Ended.IsCompleted: false } connection }:
                run.Met(fault);
                run.Trace.Add($"{fault}");
                run.FailureChecks.Fails(owner, fault.Code, "its late confirmation");
                _ = ConfirmAsync(owner, connection, fault.Code);
                break;
            default:
                break;
        }
    }

    /// <summary>The owner's thread blocks. For less than the engine waits, and with nothing else wrong, that is no failure.</summary>
    private void Block(SimulatedOwner owner, SimulationFault fault)
    {
        if (owner.Scheduler is not { IsBlocked: false } thread || owner.Participant is null)
        {
            return;
        }

        run.Met(fault);
        run.Trace.Add($"{fault}");
        if (fault.At is 0 or > 59 || run.Current.Plan.Faults.Any(f => f.Owner == owner.Number && f != fault))
        {
            owner.MaySeemSilent();
        }

        thread.Block(fault.At == 0 ? null : TimeSpan.FromSeconds(fault.At));
    }

    /// <summary>A second connection for an owner that the engine has begun with is refused, and disturbs nothing.</summary>
    private async Task ConnectAgainAsync(SimulatedOwner owner, IOwnerChannel channel, SimulationFault fault)
    {
        (SimulatedHost host, SimulatedSocket? first) = (run.Host, owner.Socket);
        if (run.FailureChecks.Span is not { } span || !span.Begun.Contains(owner))
        {
            return;
        }

        run.Met(fault);
        SimulatedSocket second = new(run, owner, host, new OwnerConnection(owner.Sid, channel), run.SocketRandom);
        try
        {
            await second.OpenAsync(CancellationToken.None);
            // When the operation is over, the engine has ended the first one.
            if (host == run.Host && span == run.FailureChecks.Span && owner.Socket == first && first is { IsCut: false } && owner.Connection is { Ended.IsCompleted: false })
            {
                run.Violated(Invariant.OneHolder, $"{owner.Name} was connected twice");
            }

            await second.DisposeAsync();
        }
        catch (ConnException e)
        {
            run.Trace.Add($"{owner.Name} may not connect again: {e.Code}");
        }
    }

    private async Task ConfirmAsync(SimulatedOwner owner, ActiveBackupClient connection, ErrorCode code)
    {
        try
        {
            await connection.ConfirmReadyForBurAsync(code, CancellationToken.None);
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            owner.FailedItselfAt = null;
            run.Trace.Add($"{owner.Name} may not confirm: {e.Code}");
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
    public async ValueTask<ErrorCode> PrepareAsync(SimulatedOwner owner, ActiveBackupClient? client, CancellationToken token)
    {
        if (client is null or { Ended.IsCompleted: true })
        {
            // The owner's thread was blocked until its operation was over: its preparation should not begin any more (PinnedTests).
            return ErrorCode.Success;
        }

        owner.Connection = client;
        foreach (SimulationFault fault in run.Current.IsRunning ? run.Current.Plan.Faults.Where(f => f.Owner == owner.Number && f.Callback is null).ToArray() : [])
        {
            switch (fault.Kind)
            {
                case FaultKind.Veto:
                    run.Met(fault);
                    owner.Fails(fault.Code);
                    run.FailureChecks.Expect(owner, fault.Code, "its confirmation");
                    return fault.Code;
                case FaultKind.PrepareThrows:
                    run.Met(fault);
                    ErrorCode thrown = fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General;
                    owner.Fails(thrown);
                    run.FailureChecks.Expect(owner, thrown, "its preparation");
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted") : new InvalidOperationException("scripted");
                case FaultKind.PrepareSlow:
                    run.Met(fault);
                    bool late = fault.Amount > 55
                        || run.Current.Plan.Faults.Count(f => f.Owner == owner.Number && f.Kind is FaultKind.ConnectLate or FaultKind.PrepareSlow) > 1;
                    owner.Faulted |= late;
                    owner.MayTimeOut |= late;
                    owner.IsPreparing = true;
                    await run.Time.DelayAsync(TimeSpan.FromSeconds(fault.Amount), token);
                    await (owner.Scheduler?.WhenFree ?? Task.CompletedTask).WaitAsync(token);
                    owner.IsPreparing = false;
                    break;
                case FaultKind.PrepareHangs:
                    run.Met(fault);
                    owner.MaySeemSilent().MustRestart = true;
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }

        return ErrorCode.Success;
    }
}
