namespace Conn.PubSub.Subscriptions;

/// <summary>
/// Invariant: completes what publishes, deletes and definitions took out of the properties' queues, first in, first out over the
/// whole store, one at a time, off the publisher's thread. Everything is guarded by the store's gate.
/// </summary>
internal sealed class CompletionPump(PropertyStore store) : IThreadPoolWorkItem
{
    private const int CompletionsPerRound = 256;

    private readonly OneShotList _queue = new();
    private ErrorCode _batch;
    private bool _running;

    /// <summary>Queues all of a property's subscriptions, in constant time. Under the gate.</summary>
    public void Take(OneShotList pending, ErrorCode code, ref Announcement announcement)
    {
        if (pending.First is not { } first)
        {
            return;
        }

        first.BatchCode = code;
        _queue.Append(pending);
        Request(ref announcement);
    }

    /// <summary>Queues one subscription that is in no list. Under the gate.</summary>
    public void Take(OneShot item, ErrorCode code, ref Announcement announcement)
    {
        item.BatchCode = code;
        _queue.Append(item);
        Request(ref announcement);
    }

    /// <summary>Queues those that a definition refuses; all of them when there is none. The others keep their order. Under the gate.</summary>
    public void TakeRefused(OneShotList pending, Definition? definition, ErrorCode code, ref Announcement announcement)
    {
        OneShotLink next;
        for (OneShotLink link = pending.Next; link != pending; link = next)
        {
            next = link.Next;
            var item = (OneShot)link;
            if (definition is null || !definition.MayRead(item.Identity))
            {
                item.Unlink();
                Take(item, code, ref announcement);
            }
        }
    }

    public void Start() => store.DefaultDispatcher.PostSurely(this);

    public void Execute()
    {
        OneShot? ready = null;
        bool alone = true;
        bool drained = false;
        for (int i = 0; i < CompletionsPerRound; i++)
        {
            OneShot? item;
            bool awaited;
            using (store.Gate.Take())
            {
                item = _queue.First;
                if (item is null)
                {
                    _running = false;
                    drained = true;
                    break;
                }

                _batch = item.BatchCode ?? _batch;
                awaited = item.Complete(_batch);
            }

            if (awaited)
            {
                // Each waiter runs on its own turn of the scheduler, so that none holds up the next completion.
                if (ready is not null)
                {
                    store.DefaultDispatcher.PostSurely(ready);
                    alone = false;
                }

                ready = item;
            }
        }

        if (drained && alone)
        {
            // The role is given back and nobody is ahead: the only waiter may use this turn.
            ready?.Execute();
            return;
        }

        if (ready is not null)
        {
            store.DefaultDispatcher.PostSurely(ready);
        }

        if (!drained)
        {
            Start();
        }
    }

    private void Request(ref Announcement announcement)
    {
        if (!_running)
        {
            _running = true;
            announcement.Completions = true;
        }
    }
}
