using Conn.PubSub.Core;
using Conn.PubSub.Security;

namespace Conn.PubSub.Replication;

/// <summary>
/// Feeds a copy of some properties of the store. Changed properties are noted once each, so a copy that takes slowly gets the latest state of each and costs no memory
/// for what it has missed. Invariant: the entries of one take are of one moment.
/// </summary>
internal sealed class ReplicaSource(StoreCore core) : IDisposable
{
    private const int LinksPerHold = 64;

    // All of it is guarded by the store's lock.
    private readonly Dictionary<PropertyName, ReplicaLink> _links = [];
    private readonly List<ClientIdentity> _readers = [];
    private readonly Queue<ReplicaLink> _untaken = new();
    private bool _taking;
    private bool _isFed;
    private long _takes;
    private bool _closed;

    /// <summary>Gets the number of references to properties.</summary>
    public int References { get; private set; }

    /// <summary>Gets or sets what takes and sends until <see cref="TryRest"/>; set before the first property is added. It is called outside of the lock, by the thread that made the
    /// change, so it must neither wait nor throw.</summary>
    public Action Feed { get; set; } = static () => { };

    /// <summary>The next of those that one thread feeds after a change.</summary>
    public ReplicaSource? NextToFeed { get; set; }

    /// <summary>Adds an identity that may read values through the copy.</summary>
    public void AddReader(ClientIdentity identity)
    {
        lock (core.Lock)
        {
            _readers.Add(identity);
        }
    }

    public void RemoveReader(ClientIdentity identity)
    {
        lock (core.Lock)
        {
            _readers.Remove(identity);
        }
    }

    /// <summary>Adds a property, or one more reference to it. Its state is in the next take.</summary>
    /// <param name="name">The property.</param>
    /// <param name="work">Receives what to start.</param>
    /// <exception cref="ConnException">NoMemory: the store has its maximum of names.</exception>
    public void Add(PropertyName name, ref PendingWork work)
    {
        lock (core.Lock)
        {
            if (!_closed)
            {
                Note(Refer(name, 1), ref work);
            }
        }
    }

    /// <summary>Adds a property of which the copy has a state already. The present state is in the next take if it is another one.</summary>
    /// <param name="name">The property.</param>
    /// <param name="references">The number of references.</param>
    /// <param name="generation">The definition that the copy has; 0 for none, -1 when it knows nothing of the property.</param>
    /// <param name="revision">The revision of the last publish or delete that the copy has.</param>
    /// <param name="work">Receives what to start.</param>
    /// <exception cref="ConnException">NoMemory: the store has its maximum of names.</exception>
    public void AddKnown(PropertyName name, int references, long generation, long revision, ref PendingWork work)
    {
        lock (core.Lock)
        {
            if (_closed)
            {
                return;
            }

            ReplicaLink link = Refer(name, references);
            if ((link.Node.Current?.Generation ?? 0) != generation || link.Node.LastRevision > revision)
            {
                Note(link, ref work);
            }
        }
    }

    /// <summary>Gives a reference back.</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(PropertyName name)
    {
        lock (core.Lock)
        {
            if (!_links.TryGetValue(name, out ReplicaLink? link))
            {
                return false;
            }

            References--;
            if (--link.References == 0)
            {
                _links.Remove(name);
                Unlink(link);
            }

            return true;
        }
    }

    /// <summary>Records that the copy has one more subscriber, or one less.</summary>
    public void Report(PropertyName name, SubscriptionKind kind, SecureId subscriber, bool begins, int most)
    {
        lock (core.Lock)
        {
            if (!_links.TryGetValue(name, out ReplicaLink? link))
            {
                return;
            }

            if (begins && link.Subscribers.Count < most)
            {
                link.AddSubscriber(kind, subscriber);
            }
            else if (!begins)
            {
                link.RemoveSubscriber(kind, subscriber);
            }
        }
    }

    /// <summary>Notes a property to be taken. Under the lock.</summary>
    public void Note(ReplicaLink link, ref PendingWork work)
    {
        if (link.IsUntaken || _closed)
        {
            return;
        }

        link.IsUntaken = true;
        _untaken.Enqueue(link);
        if (!_isFed)
        {
            _isFed = true;
            (NextToFeed, work.Copies) = (work.Copies, this);
        }
    }

    /// <summary>Ends the feeding if nothing is noted; else the caller takes again.</summary>
    public bool TryRest()
    {
        lock (core.Lock)
        {
            return !(_isFed = _untaken.Count != 0);
        }
    }

    /// <summary>Returns the number of the take that has everything that was changed before this call.</summary>
    public long Mark()
    {
        lock (core.Lock)
        {
            return _taking || _untaken.Count != 0 ? _takes + 1 : _takes;
        }
    }

    /// <summary>Takes the state of every noted property.</summary>
    /// <param name="entries">The state of each.</param>
    /// <param name="revision">The store's revision of that moment.</param>
    /// <returns>The number of the take.</returns>
    public long Take(List<ReplicaEntry> entries, out long revision)
    {
        // A few at a time, until none is left: what changed after its turn was noted again, so the last states are those of one moment.
        while (true)
        {
            lock (core.Lock)
            {
                _taking = true;
                for (int i = 0; i < LinksPerHold && _untaken.TryDequeue(out ReplicaLink? link); i++)
                {
                    link.IsUntaken = false;
                    if (link.References > 0)
                    {
                        entries.Add(Read(link));
                    }
                }

                if (_untaken.Count == 0)
                {
                    _taking = false;
                    revision = core.Revision;
                    return ++_takes;
                }
            }

            StoreCore.GiveWay();
        }
    }

    /// <summary>Removes every property.</summary>
    public void Dispose()
    {
        while (true)
        {
            lock (core.Lock)
            {
                _closed = true;
                _untaken.Clear();
                foreach (ReplicaLink link in _links.Values.Take(LinksPerHold).ToArray())
                {
                    _links.Remove(link.Node.Name);
                    Unlink(link);
                }

                if (_links.Count == 0)
                {
                    return;
                }
            }

            StoreCore.GiveWay();
        }
    }

    private ReplicaLink Refer(PropertyName name, int references)
    {
        if (!_links.TryGetValue(name, out ReplicaLink? link))
        {
            PropertyNode node = core.Refer(name);
            link = new ReplicaLink(this, node);
            node.Links = [.. node.Links, link];
            node.Interests = Interests.Any;
            _links.Add(name, link);
        }

        link.References += references;
        References += references;
        return link;
    }

    private void Unlink(ReplicaLink link)
    {
        link.References = 0;
        link.Node.Links = [.. link.Node.Links.Where(l => l != link)];
        core.Release(link.Node);
    }

    private ReplicaEntry Read(ReplicaLink link)
    {
        PropertyNode node = link.Node;
        Definition? definition = node.Current;
        bool readable = definition is not null && _readers.Exists(definition.MayRead);
        var entry = new ReplicaEntry(
            node.Name, definition?.Generation ?? 0, definition?.Shape, definition?.Owner ?? default, readable ? definition!.Value : default, definition?.Revision ?? 0,
            node.LastRevision, node.LastWriter, link.DeletedAt, link.DeletedBy);
        link.DeletedAt = 0;
        return entry;
    }
}
