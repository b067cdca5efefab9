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
    public void Apply(IReadOnlyList<ReplicaEntry> entries, long revision)
    {
        var work = default(PendingWork);
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

        _core.Start(work);
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
        lock (_core.Lock)
        {
            foreach (PropertyNode node in _core.Table.All.Where(static n => n.HasPending))
            {
                _core.Completions.Take(node, code, ref work);
            }
        }

        _core.Start(work);
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
