using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.PubSub;
using Conn.Repository.Sets;

namespace Conn.Testing.Simulation;

/// <summary>Owners are asked before a restore whether they could take it.</summary>
internal sealed partial class SimulationRun
{
    private readonly HashSet<SimulatedOwner> _newer = [];

    /// <summary>Before an operation: nobody was asked yet; and whose data is in the set in a newer version than it knows, its own or what it keeps for owners that are restored.</summary>
    private void FindNewer(BackupSet? restored)
    {
        _newer.Clear();
        _refused.Clear();
        _asked.Clear();
        _isRefused = false;
        foreach (SimulatedOwner owner in _owners.Where(o => restored?.Part(o.Sid.Value)?.DataVersion > o.Version && (Serves(o) || (o.Plan.Type != ActiveType.ProxyOnly && Named().Contains(o)))))
        {
            Counts.Met(FaultKind.NewerData);
            _newer.Add(Failing(owner, ErrorCode.NotSupported));
        }
    }

    /// <summary>Who would take newer data is refused beforehand, and so is a restore in which a Required owner depends on it.</summary>
    private void CheckNewer(Ending? ending)
    {
        foreach (SimulatedOwner owner in Named().Where(o => Joined(o).Overlaps(_newer)))
        {
            bool asked = owner.Streams.Values.Any(s => s.Given.Count > 0);
            if (asked && (_newer.Contains(owner) || ManagersOf(owner).Exists(_newer.Contains)))
            {
                Violated(Invariant.AllOrNothing, $"{owner.Name} was given data although the set's is newer than it, or a manager of it, knows");
            }

            if (_committed && owner.Plan.Policy == OwnerPolicy.Required && _newer.Contains(owner))
            {
                Violated(Invariant.AllOrNothing, $"the restore is decided, and {owner.Name}, which is Required, knows the set's version only up to {owner.Version}");
            }
        }

        if (ending?.Failure is OperationRefusedException { Refusal: OperationRefusal.NewerData } refused && _newer.Count == 0)
        {
            Violated(Invariant.NoSurprise, refused.Message);
        }
    }

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

        _asked.Add((owner.Number, drive));
        foreach (SimulationFault fault in _operation.Faults.Where(f => f.Owner == owner.Number))
        {
            switch (fault.Kind)
            {
                case FaultKind.PlanRefuses:
                    Counts.Met(fault.Kind);
                    Refuse(owner);
                    Failing(owner, fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General);
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted to refuse the restore") : new InvalidOperationException("scripted");
                case FaultKind.PlanHangs:
                    Counts.Met(fault.Kind);
                    Refuse(owner);
                    Silent(owner);
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }
    }

}
