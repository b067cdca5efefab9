using Conn.PubSub;
using Conn.PubSub.Core;
using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>The properties that are pushed to one connection, at the server. Invariant: each reference takes one of the user's share, and gives it back once.</summary>
internal sealed class ServedProperties(PropertyStore store, UserShare share) : IDisposable
{
    private readonly Lock _lock = new(); // guards _closed and the references of Source
    private bool _closed;

    /// <summary>Feeds the client's replica.</summary>
    public ReplicaSource Source { get; } = new(store.Core);

    /// <summary>Adds a reference; the present state is pushed.</summary>
    /// <exception cref="ConnException">TooBig: the user has its share. NoMemory: the store has its maximum of names. BadHandle: the connection has ended.</exception>
    public void Attach(PropertyName name) => Refer(1, (ref PendingWork work) => Source.Add(name, ref work));

    /// <summary>Adds the references of a property that the client has from an earlier connection; what is newer is pushed.</summary>
    /// <exception cref="ConnException">As <see cref="Attach"/>.</exception>
    public void Resume(WireHeld held) => Refer(held.References, (ref PendingWork work) =>
        Source.AddKnown(held.Name.Read(), held.References, held.Generation, held.Revision, ref work));

    /// <summary>Gives a reference back.</summary>
    public void Detach(PropertyName name)
    {
        lock (_lock)
        {
            if (_closed || !Source.Remove(name))
            {
                return;
            }
        }

        share.GiveBack(Share.Properties);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
        }

        share.GiveBack(Share.Properties, Source.References);
        Source.Dispose();
    }

    private void Refer(int references, Adding add)
    {
        share.Take(Share.Properties, references);
        PendingWork work = default;
        try
        {
            lock (_lock)
            {
                if (_closed)
                {
                    throw new ConnException(ErrorCode.BadHandle, "The connection has ended.");
                }

                add(ref work);
            }
        }
        catch
        {
            share.GiveBack(Share.Properties, references);
            throw;
        }

        store.Core.Start(work);
    }

    private delegate void Adding(ref PendingWork work);
}
