using Conn.PubSub.Core;

namespace Conn.PubSub.Subscriptions;

/// <summary>
/// Completes subscriptions that publishes, deletes and definitions took out of the properties' queues: first in, first out over the whole store, one at a time, on the
/// scheduler. Everything is guarded by the store's lock.
/// </summary>
internal sealed class CompletionPump(StoreCore core) : IThreadPoolWorkItem
{
    private const int CompletionsPerRound = 256;

    private readonly OneShotList _queue = new();
    private ErrorCode _batch;
    private bool _running;

    /// <summary>Queues all subscriptions of a property, in constant time. Under the lock.</summary>
    public void Take(PropertyNode node, ErrorCode code, ref PendingWork work)
    {
        if (node.HasPending)
        {
            node.Pending.First!.BatchCode = code;
            _queue.Append(node.Pending);
            Request(ref work);
        }
    }

    /// <summary>Queues one subscription that is in no list. Under the lock.</summary>
    public void Take(OneShot item, ErrorCode code, ref PendingWork work)
    {
        item.BatchCode = code;
        _queue.Append(item);
        Request(ref work);
    }

    /// <summary>Queues the subscriptions that a definition refuses. The others keep their order. Under the lock.</summary>
    public void TakeRefused(PropertyNode node, Definition definition, ref PendingWork work)
    {
        if (!node.HasPending)
        {
            return;
        }

        OneShotLink next;
        for (OneShotLink link = node.Pending.Next; link != node.Pending; link = next)
        {
            next = link.Next;
            var item = (OneShot)link;
            if (!definition.MayRead(item.Identity))
            {
                item.Unlink();
                Take(item, ErrorCode.PermissionDenied, ref work);
            }
        }
    }

    public void Start() => core.DefaultDispatcher.PostSurely(this);

    public void Execute()
    {
        OneShot? ready = null;
        bool alone = true;
        bool drained = false;
        for (int i = 0; !drained && (i < CompletionsPerRound || core.DefaultDispatcher.RunsAtOnce); i++)
        {
            drained = !TryComplete(out OneShot? awaited);
            if (awaited is not null)
            {
                // Each awaiting method has its own turn of the scheduler, so that none delays the next completion.
                if (ready is not null)
                {
                    core.DefaultDispatcher.PostSurely(ready);
                    alone = false;
                }

                ready = awaited;
            }
        }

        if (drained && alone)
        {
            // Nothing else waits: the only awaiting method may use this turn.
            ready?.Execute();
            return;
        }

        if (ready is not null)
        {
            core.DefaultDispatcher.PostSurely(ready);
        }

        if (!drained)
        {
            Start();
        }
    }

    private bool TryComplete(out OneShot? awaited)
    {
        lock (core.Lock)
        {
            awaited = null;
            if (_queue.First is not { } item)
            {
                _running = false;
                return false;
            }

            _batch = item.BatchCode ?? _batch;
            if (item.Complete(_batch))
            {
                awaited = item;
            }

            return true;
        }
    }

    private void Request(ref PendingWork work)
    {
        if (!_running)
        {
            _running = true;
            work.Completions = true;
        }
    }
}
