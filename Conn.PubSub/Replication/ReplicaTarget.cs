using Conn.PubSub.Core;

namespace Conn.PubSub.Replication;

/// <summary>
/// Advances a store that is a copy of another one. Its calls come from one thread. Everything of one take becomes visible together; subscribers are notified in the
/// order of the revisions.
/// </summary>
internal sealed class ReplicaTarget(PropertyStore store)
{
    private readonly StoreCore _core = store.Core;
    private readonly Dictionary<PropertyName, (PropertyNode Node, long Generation)> _known = [];

    /// <summary>Applies the entries of one take.</summary>
    /// <param name="entries">The states; the last of a name counts.</param>
    /// <param name="revision">The store's revision of that moment.</param>
    /// <param name="work">Receives what to start.</param>
    public void Apply(IReadOnlyList<ReplicaEntry> entries, long revision, ref PendingWork work)
    {
        var steps = new List<Step>(entries.Count);
        lock (_core.Lock)
        {
            if (_core.IsDisposed)
            {
                return;
            }

            foreach (ReplicaEntry entry in entries.OrderBy(static e => e.LastRevision))
            {
                Prepare(entry, steps, ref work);
            }

            Write(steps, Math.Max(revision, _core.Revision));
            foreach (Step step in steps.Where(static s => !s.IsQuiet))
            {
                step.Node.Published(step.Revision, step.Writer);
                store.Publisher.Notify(step.Node, step.Definition, step.Writer, more: false, ref work);
            }
        }
    }

    /// <summary>Starts what changes need. It runs the observers whose scheduler runs everything at once, so it is called outside of every lock.</summary>
    public void Start(in PendingWork work) => _core.Start(work);

    /// <summary>Applies the first take after a connection was lost: what has changed meanwhile.</summary>
    /// <param name="entries">The states; the last of a name counts.</param>
    /// <param name="revision">The store's revision of that moment.</param>
    /// <param name="deletedAt">0 when it is the same store; else another one has taken its place, and this is the revision at which everything of the first one
    /// was deleted.</param>
    /// <param name="work">Receives what to start.</param>
    public void Resume(IReadOnlyList<ReplicaEntry> entries, long revision, long deletedAt, ref PendingWork work)
    {
        bool hasMoved = revision > Volatile.Read(ref _core.Revision);
        if (deletedAt != 0)
        {
            // Whether the first store was changed after it was seen last cannot be known any more.
            EndSubscriptions(ErrorCode.ServerTerminated, static _ => true, ref work);
            ForgetGenerations();
        }

        Apply([.. entries.Select(e => WithDelete(e, revision, deletedAt))], revision, ref work);
        if (hasMoved)
        {
            // The other store keeps nothing of a name that is not defined: it may have been defined, published and deleted.
            EndSubscriptions(ErrorCode.ServerTerminated, static n => n.Definition is null, ref work);
        }
    }

    /// <summary>Returns what the copy has of a property: which definition (0 for none, -1 when it knows nothing of it), and the revision of the last publish or
    /// delete.</summary>
    public (long Generation, long Revision) Describe(PropertyName name)
    {
        lock (_core.Lock)
        {
            return _known.TryGetValue(name, out var known) ? (known.Generation, known.Node.LastRevision) : (-1, 0);
        }
    }

    /// <summary>Advances the revision of the store, when another property was published.</summary>
    public void Advance(long revision)
    {
        lock (_core.Lock)
        {
            Volatile.Write(ref _core.Revision, Math.Max(_core.Revision, revision));
        }
    }

    /// <summary>Forgets a property that the copy no longer has.</summary>
    public void Forget(PropertyName name)
    {
        lock (_core.Lock)
        {
            if (_known.Remove(name, out var known))
            {
                known.Node.Definition = null;
                _core.Release(known.Node);
            }
        }
    }

    /// <summary>Completes every outstanding one-shot subscription: the other store cannot be reached any more.</summary>
    public void EndSubscriptions(ErrorCode code)
    {
        var work = default(PendingWork);
        EndSubscriptions(code, static _ => true, ref work);
        Start(work);
    }

    private void EndSubscriptions(ErrorCode code, Func<PropertyNode, bool> chosen, ref PendingWork work)
    {
        lock (_core.Lock)
        {
            foreach (PropertyNode node in _core.Table.All.Where(n => n.HasPending && chosen(n)))
            {
                _core.Completions.Take(node, code, ref work);
            }
        }
    }

    private void ForgetGenerations()
    {
        lock (_core.Lock)
        {
            foreach ((PropertyName name, var known) in _known.ToArray())
            {
                _known[name] = (known.Node, -1);
            }
        }
    }

    // The other store does not always know when it deleted a definition that the copy has. It was after the last publish that the copy knows, and before the next.
    private ReplicaEntry WithDelete(in ReplicaEntry entry, long revision, long deletedAt)
    {
        lock (_core.Lock)
        {
            if (entry.DeletedAt != 0 || !_known.TryGetValue(entry.Name, out var known) || known.Generation == entry.Generation || known.Node.Definition is null)
            {
                return entry;
            }

            return entry with
            {
                DeletedAt = deletedAt != 0 ? deletedAt
                    : entry.Revision != 0 ? entry.Revision - 1
                    : entry.LastRevision > known.Node.LastRevision ? entry.LastRevision
                    : revision,
            };
        }
    }

    // Deletes and definitions first: each value needs its definition.
    private void Prepare(in ReplicaEntry entry, List<Step> steps, ref PendingWork work)
    {
        if (!_known.TryGetValue(entry.Name, out var known))
        {
            known = (_core.Refer(entry.Name), 0);
        }

        PropertyNode node = known.Node;
        if (known.Generation != entry.Generation || entry.DeletedAt > node.LastRevision)
        {
            if (node.Definition is not null || (entry.DeletedAt > node.LastRevision))
            {
                Delete(node, Math.Max(entry.DeletedAt, node.LastRevision), entry.DeletedBy, ref work);
            }

            if (entry.Shape is { } shape)
            {
                var definition = new Definition(shape with { Lifetime = PropertyLifetime.Store }, entry.Owner, _core.Enforces, [], null);
                store.Definer.EndRefused(node, definition, ref work);
                node.Definition = definition;
            }
        }

        _known[entry.Name] = (node, entry.Generation);
        if (node.Definition is { } current && (entry.Revision > current.Revision || (entry.Revision == current.Revision && current.Value != entry.Value)))
        {
            steps.Add(new Step(node, current, entry.Value, entry.Revision, entry.LastWriter, entry.Revision <= current.Revision));
        }
        else if (entry.LastRevision > node.LastRevision)
        {
            node.Published(entry.LastRevision, entry.LastWriter);
        }
    }

    private void Delete(PropertyNode node, long revision, int writer, ref PendingWork work)
    {
        Definition? definition = node.Definition;
        node.Definition = null;
        node.Published(revision, writer);
        store.Publisher.Notify(node, definition, PropertyChange.Deleted(revision, writer), ErrorCode.NotFound, more: false, ref work);
    }

    // All begin before the first ends: a reader that sees one of the new values waits for, or sees, the others.
    private void Write(List<Step> steps, long revision)
    {
        foreach (Step step in steps)
        {
            step.Definition.BeginWrite();
        }

        foreach (Step step in steps)
        {
            if (step.Value.IsBytes)
            {
                step.Definition.PutBytes(step.Definition.RoomFor(step.Value.Bytes.Length) ?? new byte[step.Value.Bytes.Length], step.Value.Bytes.Span, step.Revision);
            }
            else
            {
                step.Definition.PutInt(step.Value.Int, step.Revision);
            }
        }

        Volatile.Write(ref _core.Revision, revision);
        foreach (Step step in steps)
        {
            step.Definition.EndWrite();
        }
    }

    /// <summary>One value. It is quiet when the copy may have it from now on and nothing was published.</summary>
    private sealed record Step(PropertyNode Node, Definition Definition, PropertyValue Value, long Revision, int Writer, bool IsQuiet);
}
