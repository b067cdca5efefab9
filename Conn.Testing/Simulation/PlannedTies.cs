using Conn.ActiveBackup;

namespace Conn.Testing.Simulation;

/// <summary>Makes proxy managers of some owners of a schedule. Random of its own: a schedule without managers is what it was before there were any.</summary>
internal static class PlannedTies
{
    /// <summary>In one schedule of three; never a circle, for an owner's managers stand on the same side of it as those it depends on.</summary>
    /// <param name="owners">The owners.</param>
    /// <param name="seed">The schedule's seed.</param>
    /// <param name="later">Whether owners depend on those registered later.</param>
    /// <param name="firstIsReal">Whether the first owner is an author's own, which knows of no other owner's data.</param>
    public static void Tie(List<PlannedOwner> owners, long seed, bool later, bool firstIsReal)
    {
        Random random = new((int)(seed * 6353) ^ 0x50524F58);
        if (owners.Count < 2 || random.Next(3) != 0)
        {
            return;
        }

        for (int i = firstIsReal ? 1 : 0; i < owners.Count; i++)
        {
            int[] others = [.. later ? Enumerable.Range(i + 1, owners.Count - 1 - i) : Enumerable.Range(0, i)];
            int[] able = [.. others.Where(o => owners[o].HasCallbacks && (o > 0 || !firstIsReal))];
            int count = Math.Min(able.Length, random.Next(3));
            random.Shuffle(able);
            owners[i] = owners[i] with { Managers = [.. able.Take(count)] };
        }

        for (int i = 0; i < owners.Count; i++)
        {
            if (owners.Any(o => o.Managers.Contains(i)))
            {
                bool only = i > 0 && !owners[i].IsProxied && random.Next(3) == 0;
                owners[i] = owners[i] with { Type = only ? ActiveType.ProxyOnly : ActiveType.ActiveAndProxy };
            }
        }
    }
}
