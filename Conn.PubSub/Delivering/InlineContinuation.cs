using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>Carries the claimed delivery of a property to the scheduler.</summary>
internal sealed class InlineContinuation(StoreCore core, PropertyNode node) : IThreadPoolWorkItem
{
    public void Execute()
    {
        if (InlineDelivery.IsTooDeep)
        {
            // A scheduler that runs everything at once would only go deeper.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        node.Inline.DeliverCurrent(core, node);
    }
}
