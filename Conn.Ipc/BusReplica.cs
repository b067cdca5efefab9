using Conn.PubSub;
using Conn.PubSub.Core;
using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>
/// The replica of a server's bus: a store of this process that the server's pushes advance. Which properties it has follows from the handles and observations of this
/// process. Its pushes come one at a time, on a thread that runs no user code. Between two connections it keeps what it has; what came meanwhile becomes visible at once.
/// </summary>
internal sealed class BusReplica(PropertyStore store)
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly Dictionary<PropertyName, Held> _held = [];
    private readonly List<(long Mark, TaskCompletionSource Reached)> _waiting = [];
    private readonly List<ReplicaEntry> _parts = [];
    private readonly ReplicaTarget _target = new(store);
    private ReplicaCatchUp? _catchUp;
    private BusLine? _line;
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
            if (!held.IsKnown && whenKnown is not null && !_ended)
            {
                held.Waiting.Add(whenKnown);
            }

            if (!held.IsKnown && !_ended)
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

    /// <summary>Says whether the state of a property is known.</summary>
    public bool Knows(PropertyName name)
    {
        lock (_lock)
        {
            return _held.TryGetValue(name, out Held? held) && held.IsKnown;
        }
    }

    /// <summary>Returns which definition and which last revision it has; -1 for a property that it does not know.</summary>
    public (long Generation, long Revision) Describe(PropertyName name) => _target.Describe(name);

    /// <summary>Applies a push, if its connection is the one that counts.</summary>
    public void Apply(BusLine line, WireChanges changes)
    {
        List<Action> known = [];
        PendingWork work = default;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            if (_catchUp is { } catchUp && catchUp.Line == line)
            {
                catchUp.Add(changes);
                TryCatchUp(known, ref work);
            }
            else if (line == _line)
            {
                _parts.AddRange(changes.Entries.Select(line.Read));
                if (!changes.IsLast)
                {
                    return;
                }

                _parts.RemoveAll(e => !_held.ContainsKey(e.Name));
                _target.Apply(_parts, changes.Revision + line.Offset, ref work);
                Know(_parts, known);
                _parts.Clear();
                _applied = changes.Mark;
            }
        }

        _target.Start(work);
        known.ForEach(static action => action());
        Reached();
    }

    /// <summary>Completes when the replica has everything of a take. It also completes when the connection is lost.</summary>
    public Task ReachAsync(BusLine line, long mark, long revision)
    {
        lock (_lock)
        {
            if (line != _line || _ended)
            {
                return Task.CompletedTask;
            }

            if (_applied >= mark)
            {
                _target.Advance(revision);
                return Task.CompletedTask;
            }

            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((mark, reached));
            return reached.Task;
        }
    }

    /// <summary>From now on the pushes of this connection count.</summary>
    public void Follow(BusLine line, long revision)
    {
        lock (_lock)
        {
            _line = line;
            _target.Advance(revision);
        }
    }

    /// <summary>The connection was lost: nothing of it counts any more, and nobody waits for it.</summary>
    public void Lose(BusLine line)
    {
        TaskCompletionSource[] reached;
        lock (_lock)
        {
            if (line != _line)
            {
                return;
            }

            _line = null;
            _parts.Clear();
            reached = [.. _waiting.Select(static w => w.Reached)];
            _waiting.Clear();
        }

        Array.ForEach(reached, static r => r.TrySetResult());
    }

    /// <summary>Collects what a new connection pushes, until <see cref="CatchUpAsync"/>.</summary>
    public void Expect(BusLine line)
    {
        lock (_lock)
        {
            _catchUp = new ReplicaCatchUp(line);
        }
    }

    /// <summary>Applies everything up to a take at once, and follows the new connection from there. Completes when that is done.</summary>
    /// <param name="outcome">Has the take.</param>
    /// <param name="isSameStore">False when another store has taken the place of the first one.</param>
    public async Task CatchUpAsync(WireOutcome outcome, bool isSameStore)
    {
        List<Action> known = [];
        PendingWork work = default;
        Task caughtUp;
        lock (_lock)
        {
            ReplicaCatchUp catchUp = _catchUp ?? throw new InvalidOperationException("Expect comes first.");
            caughtUp = catchUp.Until(outcome, isSameStore);
            TryCatchUp(known, ref work);
        }

        _target.Start(work);
        known.ForEach(static action => action());
        await caughtUp;
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

    private void Reached()
    {
        List<TaskCompletionSource> reached = [];
        lock (_lock)
        {
            reached.AddRange(_waiting.Where(w => w.Mark <= _applied).Select(static w => w.Reached));
            _waiting.RemoveAll(w => w.Mark <= _applied);
        }

        reached.ForEach(static r => r.TrySetResult());
    }

    // Under the lock.
    private void TryCatchUp(List<Action> known, ref PendingWork work)
    {
        if (_catchUp is not { IsComplete: true } catchUp)
        {
            return;
        }

        List<ReplicaEntry> entries = [.. catchUp.Entries.Where(e => _held.ContainsKey(e.Name))];
        _target.Resume(entries, catchUp.Revision, catchUp.DeletedAt, ref work);
        Know(entries, known);
        (_line, _catchUp, _applied) = (catchUp.Line, null, catchUp.Mark);
        catchUp.Complete();
    }

    private void Know(List<ReplicaEntry> entries, List<Action> known)
    {
        foreach (ReplicaEntry entry in entries)
        {
            if (_held.TryGetValue(entry.Name, out Held? held) && !held.IsKnown)
            {
                held.IsKnown = true;
                known.AddRange(held.Waiting);
                held.Waiting.Clear();
            }
        }
    }

    /// <summary>A property that the replica has.</summary>
    private sealed class Held
    {
        public int References { get; set; }

        public bool IsKnown { get; set; }

        public List<Action> Waiting { get; } = [];
    }
}
