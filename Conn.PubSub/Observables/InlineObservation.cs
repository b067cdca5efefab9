using Conn.PubSub.Security;

namespace Conn.PubSub.Observables;

/// <summary>Invariant: told by who holds its property's inline role.</summary>
internal sealed class InlineObservation(PropertyStore store, PropertyNode node, ClientIdentity identity, IObserver<PropertyChange> observer, uint mask, bool field)
    : Observation(store, node, identity, observer, mask, field)
{
    protected override void Remove() => Node.Inline.Remove(this);
}
