namespace Conn.PubSub.Observables;

/// <summary>Invariant: carries a property's inline role, held, to the scheduler.</summary>
internal sealed class InlineContinuation(PropertyStore store, PropertyNode node) : IThreadPoolWorkItem
{
    public void Execute() => node.Inline.Resume(store, node);
}
