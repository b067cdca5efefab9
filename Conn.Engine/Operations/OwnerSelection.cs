using Conn.Engine.Owners;
using Conn.PubSub.Security;

namespace Conn.Engine.Operations;

/// <summary>Finds the owners that a request names.</summary>
internal static class OwnerSelection
{
    /// <summary>The owners named, or all, in the order in which they were registered.</summary>
    /// <exception cref="OperationRefusedException">One is not registered, or there is none at all.</exception>
    public static IReadOnlyList<RegisteredOwner> Named(OwnerGraph graph, IReadOnlyList<SecureId>? sids)
    {
        List<SecureId> missing = [.. (sids ?? []).Where(s => graph.Find(s) is null)];
        if (missing.Count > 0)
        {
            throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
                $"No owner {missing[0]} is registered; registered are {string.Join(", ", graph.All.Select(o => $"{o.Name} ({o.Registration.Sid})"))}.");
        }

        HashSet<SecureId>? wanted = sids is null ? null : [.. sids];
        List<RegisteredOwner> owners = [.. graph.All.Where(o => wanted?.Contains(o.Registration.Sid) ?? true)];
        return owners.Count > 0 ? owners : throw new OperationRefusedException(OperationRefusal.NoSuchOwner, ErrorCode.NotFound,
            sids is null ? "No owner is registered; register one first." : "The request names no owner; name one, or give null for all.");
    }
}
