using System.Collections.Concurrent;
using Conn.Repository.Sets;

namespace Conn.Hosting.Instances;

/// <summary>The newest set that holds each owner's data, by the owner's id. Any thread.</summary>
internal sealed class LastGoodSets
{
    private readonly ConcurrentDictionary<uint, BackupSet> _sets = new();

    public void Learn(IEnumerable<BackupSet> sets)
    {
        foreach (BackupSet set in sets)
        {
            foreach (OwnerPart part in set.Parts.Where(static p => p.IsStored))
            {
                _sets.AddOrUpdate(part.Sid, set, (_, known) => known.Sequence > set.Sequence ? known : set);
            }
        }
    }

    /// <summary>Null when there is none.</summary>
    public BackupSet? Of(uint sid) => _sets.GetValueOrDefault(sid);

    /// <summary>The newest time; null when there is no set.</summary>
    public DateTimeOffset? Newest() => _sets.IsEmpty ? null : _sets.Values.Max(static s => s.Time);
}
