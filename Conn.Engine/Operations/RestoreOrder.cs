using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Engine.Operations;

/// <summary>The order in which owners are put in place: each after those it depends on and those that keep data of it, else as registered.</summary>
internal static class RestoreOrder
{
    /// <exception cref="OperationRefusedException">Owners depend on each other in a circle.</exception>
    public static List<OwnerRestore> Sort(List<OwnerRestore> owners)
    {
        List<OwnerRestore> sorted = [];
        HashSet<SecureId> done = [];
        HashSet<SecureId> open = [];
        Dictionary<SecureId, OwnerRestore> bySid = owners.ToDictionary(o => o.Owner.Registration.Sid);
        foreach (OwnerRestore owner in owners)
        {
            Visit(owner);
        }

        return sorted;

        void Visit(OwnerRestore owner)
        {
            if (done.Contains(owner.Owner.Registration.Sid))
            {
                return;
            }

            if (!open.Add(owner.Owner.Registration.Sid))
            {
                throw new OperationRefusedException(OperationRefusal.RefusedByOwner, ErrorCode.Argument,
                    $"Owner {owner.Owner.Name} depends on itself through RestoreAfter and ProxyManagers; break the circle in the registrations.");
            }

            foreach (SecureId sid in owner.Owner.Registration.RestoreAfter.Concat(owner.Owner.Registration.ProxyManagers))
            {
                if (bySid.TryGetValue(sid, out OwnerRestore? before))
                {
                    Visit(before);
                }
            }

            open.Remove(owner.Owner.Registration.Sid);
            done.Add(owner.Owner.Registration.Sid);
            sorted.Add(owner);
        }
    }
}
