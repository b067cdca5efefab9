using Conn.Engine.Operations;

namespace Conn.Engine.Proxies;

/// <summary>Before the decision of a restore, owners joined by a manager stand or fall together: a manager puts in place all it has staged, or nothing.</summary>
internal static class ProxyTies
{
    /// <summary>Carries failures over until nothing changes: from a manager to those it serves, from an owner to the managers that hold data of it.</summary>
    public static void Carry(IReadOnlyList<OwnerRestore> runs)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (OwnerRestore run in runs)
            {
                changed |= run.FailWithManagers();
                changed |= run.FailWithServed();
            }
        }
    }
}
