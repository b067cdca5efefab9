using Conn.Engine.Operations;
using Conn.Repository;

namespace Conn.Testing.Simulation;

/// <summary>What goes wrong around the engine: storage, power, a second operation, the host itself.</summary>
internal sealed partial class SimulationRun
{
    /// <summary>What of the host's faults is there from the start. Gives the other writer's lock, if there is one.</summary>
    private async Task<RepositoryWriterLock?> ArmAsync()
    {
        RepositoryWriterLock? other = null;
        foreach (SimulationFault fault in _operation.Faults.Where(f => f.Owner < 0).OrderByDescending(f => f.Kind == FaultKind.RepositoryInUse))
        {
            switch (fault.Kind)
            {
                case FaultKind.PowerLoss:
                    _storage.PowerLossAtWrite = _storage.Writes + 1 + fault.At;
                    break;
                case FaultKind.FullDisk:
                    _storage.CapacityBytes = _storage.Files().Sum(f => (long)f.Bytes) + fault.Amount;
                    break;
                case FaultKind.ObserverThrows:
                    Counts.Met(fault.Kind);
                    _host.ThrowFromNow();
                    break;
                case FaultKind.RepositoryInUse when other is null:
                    other = await _host.Repository.LockForWritingAsync("another writer", CancellationToken.None);
                    break;
                default:
                    break;
            }
        }

        return other;
    }

    private void HostFault(SimulationFault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Abort:
                Counts.Met(fault.Kind);
                _abortedAt ??= _time.Elapsed;
                _abort();
                break;
            case FaultKind.SecondOperation:
                Counts.Met(fault.Kind);
                _ = SecondAsync();
                break;
            case FaultKind.EngineDeath:
                Counts.Met(fault.Kind);
                _host.EngineScheduler.Die();
                break;
            default:
                break;
        }
    }

    /// <summary>Asks for a second operation that would end at once, were it accepted.</summary>
    private async Task SecondAsync()
    {
        int operation = _number;
        try
        {
            await _host.Engine.BackupAsync(new BackupRequest { Repository = _host.Repository, Holder = "a second one" }, new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            await _time.DelayAsync(TimeSpan.FromMilliseconds(1));
            if (_number == operation && !_left && _endedAt is null)
            {
                Violated(Invariant.OneHolder, "a second backup was not refused");
            }
        }
        catch (OperationRefusedException e)
        {
            if (e.Refusal != OperationRefusal.InUse || (!e.Message.Contains("the simulation", StringComparison.Ordinal) && !e.Message.Contains("the rest of restore", StringComparison.Ordinal)))
            {
                Violated(Invariant.OneHolder, e.Message);
            }
        }
    }
}
