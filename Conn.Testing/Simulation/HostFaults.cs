using Conn.Engine.Operations;
using Conn.Repository;

namespace Conn.Testing.Simulation;

/// <summary>The faults around the engine: storage, power, a second operation, the host itself.</summary>
internal sealed class HostFaults(SimulationRun run)
{
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
                    run.Counts.Met(fault.Kind);
                    run.Host.ThrowFromNow();
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

    /// <summary>The step at which the fault is due was reported.</summary>
    public void AtStep(SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Abort:
                run.Counts.Met(fault.Kind);
                run.Current.AbortedAt ??= run.Time.Elapsed;
                run.Current.Abort();
                break;
            case FaultKind.SecondOperation:
                run.Counts.Met(fault.Kind);
                _ = SecondAsync();
                break;
            case FaultKind.EngineDeath:
                run.Counts.Met(fault.Kind);
                run.Host.EngineScheduler.Die();
                break;
            default:
                break;
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
