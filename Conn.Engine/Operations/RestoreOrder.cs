using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Engine.Operations;

/// <summary>The order in which owners are put in place: each after those it depends on, else as registered.</summary>
internal static class RestoreOrder
{
    /// <exception cref="OperationRefusedException">Owners depend on each other in a circle.</exception>
    public static List<OwnerRestore> Sort(List<OwnerRestore> owners)
    {
        List<OwnerRestore> sorted = [];
        HashSet<SecureId> open = [];
        foreach (OwnerRestore owner in owners)
        {
            Visit(owner);
        }

        return sorted;

        void Visit(OwnerRestore owner)
        {
            if (sorted.Contains(owner))
            {
                return;
            }

            if (!open.Add(owner.Owner.Registration.Sid))
            {
                throw new OperationRefusedException(OperationRefusal.RefusedByOwner, ErrorCode.Argument,
                    $"Owner {owner.Owner.Name} depends on itself through RestoreAfter; break the circle in the registrations.");
            }

            foreach (OwnerRestore before in owners.Where(o => owner.Owner.Registration.RestoreAfter.Contains(o.Owner.Registration.Sid)))
            {
                Visit(before);
            }

            open.Remove(owner.Owner.Registration.Sid);
            sorted.Add(owner);
        }
    }
}
