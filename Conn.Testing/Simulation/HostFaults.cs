using Conn.Engine;
using Conn.Repository;
using Conn.Testing.Owners;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>The faults around the engine: storage, power, a second operation, the host itself.</summary>
internal sealed class HostFaults(SimulationRun run)
{
    /// <summary>A storage failure with this number or a higher one begins at a step.</summary>
    public const int FromStep = 1000;

    /// <summary>A storage failure with this number or a higher one counts its calls from where the operation is about to commit.</summary>
    public const int FromCommit = 2000;

    /// <summary>Sets up the faults that are there from the start. Gives the other writer's lock, if there is one.</summary>
    public async Task<RepositoryWriterLock?> ArmAsync()
    {
        RepositoryWriterLock? other = null;
        foreach (SimulationFault fault in run.Current.Plan.Faults.Where(f => f.Owner < 0).OrderByDescending(f => f.Kind == FaultKind.RepositoryInUse))
        {
            switch (fault.Kind)
            {
                case FaultKind.PowerLoss:
                    run.Storage.PowerLossAtWrite = run.Storage.Writes + 1 + fault.At;
                    break;
                case FaultKind.FullDisk:
                    run.Storage.CapacityBytes = run.Storage.Files().Sum(f => (long)f.Bytes) + fault.Amount;
                    break;
                case FaultKind.ObserverThrows:
                    run.Met(fault);
                    run.Host.ThrowFromNow();
                    break;
                case FaultKind.StorageFails:
                    run.Storage.FailsWith = fault.Amount % 4 == 0 ? RepositoryFailure.NotPermitted : RepositoryFailure.Io;
                    run.Storage.FailsLate = fault.Amount % 3 == 0;
                    run.Storage.FailingCalls = fault.Amount < 45 ? 1 : fault.Amount - 43;
                    run.Storage.FailAtCall = fault.At < FromStep ? run.Storage.Calls + 1 + fault.At : 0;
                    break;
                case FaultKind.RepositoryInUse when other is null:
                    other = await run.Host.Repository.LockForWritingAsync("another writer", CancellationToken.None);
                    break;
                default:
                    break;
            }
        }

        return other;
    }

    /// <summary>A step was reported; a fault that is due at it happens now.</summary>
    public void AtStep(SimulationFault fault, int step, OperationProgress progress)
    {
        if (fault.At >= FromCommit ? progress.Phase is not (OperationPhase.Prepared or OperationPhase.ReadBack) : step != fault.At % FromStep)
        {
            return;
        }

        switch (fault.Kind)
        {
            case FaultKind.StorageFails when fault.At >= FromStep:
                run.Storage.FailAtCall = run.Storage.Calls + 1 + (fault.At >= FromCommit ? fault.At - FromCommit : fault.Amount % 7);
                break;
            case FaultKind.Abort:
                run.Met(fault);
                run.Current.AbortedAt ??= run.Time.Elapsed;
                run.Current.Abort();
                break;
            case FaultKind.SecondOperation:
                run.Met(fault);
                _ = SecondAsync();
                break;
            case FaultKind.EngineDeath:
                run.Met(fault);
                run.Host.EngineScheduler.Die();
                break;
            default:
                break;
        }
    }

    /// <summary>In some restores the storage fails when it is to record that the author's owner is in place: the next run resumes what is done, and the program
    /// has gone on with its data by then.</summary>
    public void LoseCompletion(OperationProgress progress)
    {
        SimulatedOwner first = run.Owners[0];
        bool isAlone = run.Options.Faults && run.Current.Plan.Faults.All(f => f.Owner >= 0) && run.FailureChecks.Span is { IsResume: false };
        if (isAlone && first.Subject is not ScriptedSubject && run.Current.Plan.ChangeSeed % 2 == 0
            && progress.Phase == OperationPhase.OwnerCompleted && progress.Owner == first.Name)
        {
            (run.Storage.FailsWith, run.Storage.FailsLate, run.Storage.FailingCalls) = (RepositoryFailure.Io, false, 1);
            run.Storage.FailAtCall = run.Storage.Calls + 1;
        }
    }

    /// <summary>Asks for a second operation that would end at once, were it accepted.</summary>
    private async Task SecondAsync()
    {
        SimulatedOperation operation = run.Current;
        try
        {
            await run.Host.Engine.BackupAsync(new BackupRequest { Repository = run.Host.Repository, Holder = "a second one" }, new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            await run.Time.DelayAsync(TimeSpan.FromMilliseconds(1));
            if (run.Current == operation && !operation.HasLeft && operation.EndedAt is null)
            {
                run.Violated(Invariant.OneHolder, "a second backup was not refused");
            }
        }
        catch (OperationRefusedException e)
        {
            if (e.Refusal != OperationRefusal.InUse || e.Holder != OperationDriver.Holder)
            {
                run.Violated(Invariant.OneHolder, $"{e.Refusal}, held by {e.Holder}: {e.Message}");
            }
        }
    }
}
