namespace Conn.Ipc;

/// <summary>The watches of one process. Invariant: each has one cursor at the server of each connection, which begins where the one before was left.</summary>
internal sealed class BusWatches(BusConnection connection)
{
    private readonly Dictionary<long, RemoteCursor> _cursors = []; // guarded by the connection's lock
    private long _watches;

    /// <summary>Begins a watch; the cursor reads it.</summary>
    public void Begin(RemoteCursor cursor)
    {
        BusLine? line;
        lock (connection.Lock)
        {
            cursor.Watch = ++_watches;
            _cursors.Add(cursor.Watch, cursor);
            line = connection.Current;
            cursor.IsBegunAt = line;
        }

        if (line is not null)
        {
            cursor.BeginAt(line, isSameStore: true);
        }
    }

    public void End(RemoteCursor cursor)
    {
        BusLine? line;
        lock (connection.Lock)
        {
            if (!_cursors.Remove(cursor.Watch))
            {
                return;
            }

            line = cursor.IsBegunAt;
            if (line is { IsReady: false })
            {
                line.Deferred.Add(EndWatch);
                line = null;
            }
        }

        line?.Send(EndWatch);

        void EndWatch(IBusServer server) => server.EndWatch(cursor.Watch);
    }

    /// <summary>Begins each watch at the server of a new connection.</summary>
    public void Resume(BusLine line, bool isSameStore)
    {
        RemoteCursor[] cursors;
        lock (connection.Lock)
        {
            cursors = [.. _cursors.Values.Where(c => c.IsBegunAt != line)];
            Array.ForEach(cursors, c => c.IsBegunAt = line);
        }

        Array.ForEach(cursors, c => c.BeginAt(line, isSameStore));
    }

    /// <summary>Says whether all have begun at a connection. Under the connection's lock.</summary>
    public bool AreAllAt(BusLine line) => _cursors.Values.All(c => c.IsBegunAt == line);

    /// <summary>A watch has something to read.</summary>
    public void News(long watch)
    {
        RemoteCursor? cursor;
        lock (connection.Lock)
        {
            _cursors.TryGetValue(watch, out cursor);
        }

        cursor?.HasNews();
    }

    /// <summary>There will be no connection any more: what waits for one ends.</summary>
    public void Lose()
    {
        foreach (RemoteCursor cursor in All(null))
        {
            cursor.Lose();
        }
    }

    /// <summary>Reads everything that was published until now into the cursors of a client, or of all, because nothing can be read after its end.</summary>
    public async Task DrainAsync(IpcPropertyClient? client)
    {
        foreach (RemoteCursor cursor in All(client))
        {
            await cursor.DrainAsync();
        }
    }

    /// <summary>Reads what there is, without waiting for the observers.</summary>
    /// <returns>True when one of them had something since the last call.</returns>
    public async Task<bool> RefreshAsync()
    {
        bool progress = false;
        foreach (RemoteCursor cursor in All(null))
        {
            progress |= await cursor.RefreshAsync();
        }

        return progress;
    }

    private RemoteCursor[] All(IpcPropertyClient? client)
    {
        lock (connection.Lock)
        {
            return [.. _cursors.Values.Where(c => client is null || c.Client == client)];
        }
    }
}
