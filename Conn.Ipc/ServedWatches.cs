using Conn.PubSub;
using Conn.PubSub.Core;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>The watches of one connection, at the server. Invariant: each takes one of the user's share, and gives it back once.</summary>
internal sealed class ServedWatches(PropertyStore store, UserShare share) : IDisposable
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly Dictionary<long, ServedWatch> _watches = [];
    private bool _closed;

    public WatchCursor[] Cursors
    {
        get
        {
            lock (_lock)
            {
                return [.. _watches.Values.Select(static w => w.Cursor)];
            }
        }
    }

    /// <summary>Begins a watch; one with a number that there is already is ignored.</summary>
    /// <exception cref="ConnException">TooBig: the user has its share.</exception>
    public void Begin(Access access, long watch, uint? category, long? after, Func<Task> notify)
    {
        share.Take(Share.Subscriptions);
        ServedWatch served;
        lock (_lock)
        {
            if (_closed || _watches.ContainsKey(watch))
            {
                share.GiveBack(Share.Subscriptions);
                return;
            }

            served = new ServedWatch(store.Core, access, category, after is { } revision ? new Revision(revision) : null, notify);
            _watches.Add(watch, served);
        }

        served.Start();
    }

    public ServedWatch? Find(long watch)
    {
        lock (_lock)
        {
            return _watches.GetValueOrDefault(watch);
        }
    }

    public void End(long watch)
    {
        ServedWatch? served;
        lock (_lock)
        {
            _watches.Remove(watch, out served);
        }

        if (served is not null)
        {
            served.Dispose();
            share.GiveBack(Share.Subscriptions);
        }
    }

    public void Dispose()
    {
        ServedWatch[] watches;
        lock (_lock)
        {
            _closed = true;
            watches = [.. _watches.Values];
            _watches.Clear();
        }

        Array.ForEach(watches, static w => w.Dispose());
        share.GiveBack(Share.Subscriptions, watches.Length);
    }
}
