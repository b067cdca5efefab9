using Conn.PubSub;
using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>
/// The replica of one connection: a store of this process that the server's pushes advance. Which properties it has follows from the handles and observations of this
/// process. Its pushes come one at a time, on a thread that runs no user code.
/// </summary>
internal sealed class BusReplica(PropertyStore store)
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly Dictionary<PropertyName, Held> _held = [];
    private readonly List<(long Mark, TaskCompletionSource Reached)> _waiting = [];
    private readonly List<ReplicaEntry> _parts = [];
    private readonly ReplicaTarget _target = new(store);
    private long _applied;
    private bool _ended;

    /// <summary>Adds a reference to a property.</summary>
    /// <param name="name">The property.</param>
    /// <param name="whenKnown">Runs when its state is known, before any later change is applied; at once if it is. Null for nothing.</param>
    /// <returns>True when its state is known.</returns>
    public bool Hold(PropertyName name, Action? whenKnown)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(name, out Held? held))
            {
                _held.Add(name, held = new Held());
            }

            held.References++;
            if (!held.IsKnown && whenKnown is not null)
            {
                held.Waiting.Add(whenKnown);
            }

            if (!held.IsKnown)
            {
                return false;
            }
        }

        whenKnown?.Invoke();
        return true;
    }

    /// <summary>Gives a reference back.</summary>
    public void Release(PropertyName name)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(name, out Held? held) || --held.References != 0)
            {
                return;
            }

            _held.Remove(name);
            _target.Forget(name);
        }
    }

    /// <summary>Applies a push.</summary>
    public void Apply(WireChanges changes)
    {
        List<Action> known = [];
        List<TaskCompletionSource> reached = [];
        lock (_lock)
        {
            _parts.AddRange(changes.Entries.Select(static e => e.Read()).Where(e => _held.ContainsKey(e.Name)));
            if (!changes.IsLast || _ended)
            {
                return;
            }

            _target.Apply(_parts, changes.Revision);
            foreach (ReplicaEntry entry in _parts)
            {
                if (_held.TryGetValue(entry.Name, out Held? held) && !held.IsKnown)
                {
                    held.IsKnown = true;
                    known.AddRange(held.Waiting);
                    held.Waiting.Clear();
                }
            }

            _parts.Clear();
            _applied = changes.Mark;
        }

        known.ForEach(static action => action());
        lock (_lock)
        {
            reached.AddRange(_waiting.Where(w => w.Mark <= _applied).Select(static w => w.Reached));
            _waiting.RemoveAll(w => w.Mark <= _applied);
        }

        reached.ForEach(static r => r.TrySetResult());
    }

    /// <summary>Completes when the replica has everything of a take. It also completes when the connection is lost.</summary>
    public Task ReachAsync(long mark, long revision)
    {
        lock (_lock)
        {
            if (_applied >= mark || _ended)
            {
                _target.Advance(revision);
                return Task.CompletedTask;
            }

            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((mark, reached));
            return reached.Task;
        }
    }

    /// <summary>Ends the replica: its subscriptions complete with a code, its streams end.</summary>
    public void End(ErrorCode code)
    {
        List<Action> known = [];
        TaskCompletionSource[] reached;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            reached = [.. _waiting.Select(static w => w.Reached)];
            known.AddRange(_held.Values.SelectMany(static h => h.Waiting));
            _held.Clear();
            _waiting.Clear();
        }

        // What waits joins first, so that it gets the end too.
        known.ForEach(static action => action());
        Array.ForEach(reached, static r => r.TrySetResult());
        _target.EndSubscriptions(code);
        store.Dispose();
    }

    /// <summary>A property that the replica has.</summary>
    private sealed class Held
    {
        public int References { get; set; }

        public bool IsKnown { get; set; }

        public List<Action> Waiting { get; } = [];
    }
}
