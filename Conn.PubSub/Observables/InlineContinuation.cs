namespace Conn.PubSub.Observables;

/// <summary>Invariant: carries a property's inline role, held, to the scheduler.</summary>
internal sealed class InlineContinuation(PropertyStore store, PropertyNode node) : IThreadPoolWorkItem
{
    public void Execute()
    {
        if (InlineFanOut.IsTooDeep)
        {
            // A scheduler that runs everything at once would only go deeper.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        node.Inline.Resume(store, node);
    }
}
