using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Testing.Simulation;

/// <summary>Owners are asked before a restore whether they could take it.</summary>
internal sealed partial class SimulationRun
{
    /// <summary>An owner's plan is asked.</summary>
    public async ValueTask AskedAsync(SimulatedOwner owner, DriveNumber drive)
    {
        _trace.Add($"{owner.Name} is asked for its plan of drive {drive}");
        if (!_host.Mode.IsIdle)
        {
            Violated(Invariant.CurrentMode, $"the plan of {owner.Name} is asked while the mode is {_host.Mode}");
        }

        if (!Named().Contains(owner) && !IsHelper(owner))
        {
            Violated(Invariant.OnlyParticipants, $"the plan of {owner.Name} is asked, which takes no part");
        }

        foreach (SimulationFault fault in _operation.Faults.Where(f => f.Owner == owner.Number))
        {
            switch (fault.Kind)
            {
                case FaultKind.PlanRefuses:
                    Counts.Met(fault.Kind);
                    Failing(owner, fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General);
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted to refuse the restore") : new InvalidOperationException("scripted");
                case FaultKind.PlanHangs:
                    Counts.Met(fault.Kind);
                    Silent(owner);
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }
    }

    private Dictionary<SecureId, IRestorePlan> Plans() => _owners.ToDictionary(o => o.Sid, o => (IRestorePlan)new SimulatedPlan(this, o));
}
