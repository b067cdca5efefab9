using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>The handles and observations of one process. Invariant: each is counted once by the server of each connection, whenever it comes or goes.</summary>
internal sealed class BusHolds(BusConnection connection)
{
    private const int MostInCall = 4096;

    private readonly HashSet<BusHold> _holds = []; // guarded by the connection's lock

    /// <summary>Adds one. The server learns of it by <see cref="AttachAsync"/>, or when the connection is made again.</summary>
    /// <returns>True when the replica knows the property.</returns>
    public bool Add(BusHold hold, Action? whenKnown)
    {
        lock (connection.Lock)
        {
            _holds.Add(hold);
        }

        return connection.Replica.Hold(hold.Name, whenKnown);
    }

    /// <summary>Tells the server of one; completes when the replica has the property.</summary>
    /// <returns>False when there is no connection, or it was lost: the next one will have the property.</returns>
    /// <exception cref="ConnException">The server's refusal.</exception>
    public async Task<bool> AttachAsync(BusHold hold)
    {
        BusLine? line;
        bool counted;
        lock (connection.Lock)
        {
            line = connection.Current;
            counted = hold.Line == line;
            hold.Line = line;
        }

        if (line is null)
        {
            return false;
        }

        try
        {
            await connection.ChangeAsync(line, l => counted
                ? l.Server.MarkAsync(default) : l.Server.AttachAsync(hold.Client.Number, WireName.Of(hold.Name), default));
            if (!counted)
            {
                Tell(hold, line);
            }

            return connection.Replica.Knows(hold.Name);
        }
        catch (ConnException e)
        {
            lock (connection.Lock)
            {
                hold.Line = hold.Line == line ? null : hold.Line;
            }

            if (e.Code == ErrorCode.ServerTerminated)
            {
                return false;
            }

            throw;
        }
    }

    /// <summary>Reports that it is a subscriber, or (null) is none any more.</summary>
    public void Report(BusHold hold, SubscriptionKind? subscriber)
    {
        BusLine? line;
        SubscriptionKind? before;
        lock (connection.Lock)
        {
            line = hold.Line;
            (before, hold.Subscriber) = (hold.Subscriber, subscriber);
        }

        if ((subscriber ?? before) is { } kind)
        {
            line?.Send(server => server.Report(hold.Client.Number, WireName.Of(hold.Name), (int)kind, subscriber is not null));
        }
    }

    // The server of a connection counts it, and does not know yet that it is a subscriber.
    private void Tell(BusHold hold, BusLine line)
    {
        SubscriptionKind? subscriber;
        lock (connection.Lock)
        {
            subscriber = hold.Line == line ? hold.Subscriber : null;
        }

        if (subscriber is { } kind && hold.IsSubscribed())
        {
            line.Send(server => server.Report(hold.Client.Number, WireName.Of(hold.Name), (int)kind, true));
        }
    }

    /// <summary>Removes one; does nothing the second time.</summary>
    public void Remove(BusHold hold)
    {
        Report(hold, null);
        BusLine? line;
        lock (connection.Lock)
        {
            if (!_holds.Remove(hold))
            {
                return;
            }

            (line, hold.Line) = (hold.Line, null);
            if (line is { IsReady: false })
            {
                line.Deferred.Add(Detach);
                line = null;
            }
        }

        line?.Send(Detach);
        connection.Replica.Release(hold.Name);

        void Detach(IBusServer server) => server.Detach(WireName.Of(hold.Name));
    }

    /// <summary>Tells the server of a new connection of all that it does not count.</summary>
    /// <returns>The answer to the last call; null when there was nothing to tell.</returns>
    public async Task<WireOutcome?> ResumeAsync(BusLine line, bool isSameStore, CancellationToken cancellationToken)
    {
        WireOutcome? last = null;
        while (Take(line) is { Length: > 0 } taken)
        {
            WireHeld[] held = [.. taken.GroupBy(static h => h.Name).Select(g => Describe(g.Key, g.Count(), line, isSameStore))];
            last = await line.CallAsync(server => server.ResumeAsync(held, cancellationToken)).WaitAsync(cancellationToken);
            foreach (BusHold hold in taken)
            {
                Tell(hold, line);
            }
        }

        return last;
    }

    /// <summary>Says whether the server of a connection counts all. Under the connection's lock.</summary>
    public bool AreAllAt(BusLine line) => _holds.All(h => h.Line == line);

    private BusHold[] Take(BusLine line)
    {
        lock (connection.Lock)
        {
            BusHold[] taken = [.. _holds.Where(h => h.Line != line).Take(MostInCall)];
            Array.ForEach(taken, h => h.Line = line);
            return taken;
        }
    }

    private WireHeld Describe(PropertyName name, int references, BusLine line, bool isSameStore)
    {
        (long generation, long revision) = isSameStore ? connection.Replica.Describe(name) : (-1, 0);
        return new WireHeld(WireName.Of(name), references, generation, Math.Max(0, line.ToServer(revision)));
    }
}
