using Conn.PubSub;
using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>What a new connection pushes before the replica follows it. Invariant: it is applied as a whole, so no reader sees a part of what came while there was no connection.
/// Not safe for several threads.</summary>
internal sealed class ReplicaCatchUp(BusLine line)
{
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<PropertyName, ReplicaEntry> _entries = [];
    private WireOutcome? _goal;
    private bool _isWhole = true;
    private bool _isSameStore;
    private long _pushed;

    public BusLine Line => line;

    /// <summary>The last state of each property.</summary>
    public IEnumerable<ReplicaEntry> Entries => _entries.Values;

    /// <summary>The last take that was pushed.</summary>
    public long Mark { get; private set; }

    /// <summary>Whether everything is there.</summary>
    public bool IsComplete => _goal is { } goal && _isWhole && Mark >= goal.Mark;

    /// <summary>The revision of the store, as this process counts.</summary>
    public long Revision => line.Offset + Math.Max(_pushed, _goal?.StoreRevision ?? 0);

    /// <summary>The revision at which everything of an earlier store was deleted; 0 when it is the same one.</summary>
    public long DeletedAt => _isSameStore ? 0 : line.Offset;

    public void Add(WireChanges changes)
    {
        foreach (ReplicaEntry entry in changes.Entries.Select(line.Read))
        {
            // A delete between two takes stays one.
            bool isDeletedBefore = _entries.TryGetValue(entry.Name, out ReplicaEntry before) && before.DeletedAt > entry.DeletedAt;
            _entries[entry.Name] = isDeletedBefore ? entry with { DeletedAt = before.DeletedAt, DeletedBy = before.DeletedBy } : entry;
        }

        _isWhole = changes.IsLast;
        if (changes.IsLast)
        {
            (Mark, _pushed) = (changes.Mark, changes.Revision);
        }
    }

    /// <summary>Says which take is the last. Completes when it was applied.</summary>
    public Task Until(WireOutcome goal, bool isSameStore)
    {
        (_goal, _isSameStore) = (goal, isSameStore);
        return _caughtUp.Task;
    }

    public void Complete() => _caughtUp.TrySetResult();
}
