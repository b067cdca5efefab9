using Conn.Engine.Operations;

namespace Conn.Engine.Proxies;

/// <summary>The order in which a backup takes owners' data: as registered, a manager's own after that of the owners it serves.</summary>
/// <remarks>So what a manager fails in for others is known before its own part is called good, and a failure in its own harms nobody it has served.</remarks>
internal static class ProxyTransferOrder
{
    public static IReadOnlyList<OwnerBackup> Sort(IReadOnlyList<OwnerBackup> owners)
    {
        ILookup<OwnerBackup, OwnerBackup> served = owners.SelectMany(o => o.Managers.Select(m => (Manager: m, Owner: o))).ToLookup(p => p.Manager, p => p.Owner);
        if (served.Count == 0)
        {
            return owners;
        }

        List<OwnerBackup> sorted = [];
        HashSet<OwnerBackup> seen = [];
        foreach (OwnerBackup owner in owners)
        {
            Visit(owner);
        }

        return sorted;

        // Registration refuses circles of managers, so this ends.
        void Visit(OwnerBackup owner)
        {
            if (seen.Add(owner))
            {
                foreach (OwnerBackup before in served[owner])
                {
                    Visit(before);
                }

                sorted.Add(owner);
            }
        }
    }
}
