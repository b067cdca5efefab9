using Conn.PubSub;
using Conn.PubSub.Replication;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.Ipc;

/// <summary>A value on the wire.</summary>
[MessagePackObject]
internal readonly record struct WireValue([property: Key(0)] int Int, [property: Key(1)] byte[]? Bytes)
{
    public static WireValue Of(PropertyValue value) => value.IsBytes ? new WireValue(0, value.Bytes.ToArray()) : new WireValue(value.Int, null);

    public PropertyValue Read() => Bytes is { } bytes ? new PropertyValue(bytes) : new PropertyValue(Int);
}

/// <summary>A policy on the wire.</summary>
[MessagePackObject]
internal readonly record struct WirePolicy([property: Key(0)] int Kind, [property: Key(1)] uint Id, [property: Key(2)] uint Required)
{
    public static WirePolicy Of(SecurityPolicy policy) => new((int)policy.Kind, policy.Id, policy.Required.Bits);

    public SecurityPolicy Read() => new((PolicyKind)Kind, Id, new CapabilitySet(Required));
}

/// <summary>A definition on the wire.</summary>
[MessagePackObject]
internal sealed record WireDefinition(
    [property: Key(0)] int Type, [property: Key(1)] WirePolicy ReadPolicy, [property: Key(2)] WirePolicy WritePolicy, [property: Key(3)] int Preallocate, [property: Key(4)] int Lifetime)
{
    public static WireDefinition Of(PropertyDefinition definition) => new(
        (int)definition.Type, WirePolicy.Of(definition.Read), WirePolicy.Of(definition.Write), definition.Preallocate, (int)definition.Lifetime);

    public PropertyDefinition Read() => new()
    {
        Type = (PropertyType)Type, Read = ReadPolicy.Read(), Write = WritePolicy.Read(), Preallocate = Preallocate, Lifetime = (PropertyLifetime)Lifetime,
    };
}

/// <summary>The state of one property.</summary>
[MessagePackObject]
internal sealed record WireEntry(
    [property: Key(0)] uint Category, [property: Key(1)] uint PropertyKey, [property: Key(2)] long Generation, [property: Key(3)] WireDefinition? Shape,
    [property: Key(4)] uint Owner, [property: Key(5)] WireValue Value, [property: Key(6)] long Revision, [property: Key(7)] long LastRevision,
    [property: Key(8)] int LastWriter, [property: Key(9)] long DeletedAt, [property: Key(10)] int DeletedBy)
{
    public static WireEntry Of(in ReplicaEntry e) => new(
        e.Name.Category, e.Name.Key, e.Generation, e.Shape is { } shape ? WireDefinition.Of(shape) : null, e.Owner.Value, WireValue.Of(e.Value), e.Revision,
        e.LastRevision, e.LastWriter, e.DeletedAt, e.DeletedBy);

    public ReplicaEntry Read() => new(
        new PropertyName(Category, PropertyKey), Generation, Shape?.Read(), new SecureId(Owner), Value.Read(), Revision, LastRevision, LastWriter, DeletedAt, DeletedBy);
}

/// <summary>One part of a take. Its entries are applied together with those of the other parts, when the last one is there.</summary>
[MessagePackObject]
internal sealed record WireChanges(
    [property: Key(0)] WireEntry[] Entries, [property: Key(1)] bool IsLast, [property: Key(2)] long Mark, [property: Key(3)] long Revision);

/// <summary>A property that a client had before its connection was lost.</summary>
/// <param name="Name">The property.</param>
/// <param name="References">The number of its handles and observations.</param>
/// <param name="Generation">The definition that it has; 0 for none, -1 when it knows nothing of the property or has it of another store.</param>
/// <param name="Revision">The revision of the last publish or delete that it has.</param>
[MessagePackObject]
internal sealed record WireHeld(
    [property: Key(0)] WireName Name, [property: Key(1)] int References, [property: Key(2)] long Generation, [property: Key(3)] long Revision);

/// <summary>What the server says about itself when the bus is opened.</summary>
/// <param name="EnforcesPolicies">Whether policies are enforced.</param>
/// <param name="Revision">The revision of the store.</param>
/// <param name="Instance">Differs from that of every other store: a client that comes back finds the same one, or reads everything again.</param>
[MessagePackObject]
internal sealed record WireStore([property: Key(0)] bool EnforcesPolicies, [property: Key(1)] long Revision, [property: Key(2)] Guid Instance);

/// <summary>The outcome of a call that may change the store.</summary>
/// <param name="Code">The code.</param>
/// <param name="Revision">The revision of a publish, or the one that was found.</param>
/// <param name="StoreRevision">The revision of the store.</param>
/// <param name="Mark">The take that has everything from before the answer.</param>
[MessagePackObject]
internal sealed record WireOutcome([property: Key(0)] int Code, [property: Key(1)] long Revision, [property: Key(2)] long StoreRevision, [property: Key(3)] long Mark);

/// <summary>The arguments of a publish.</summary>
[MessagePackObject]
internal sealed record WireSet([property: Key(0)] int Client, [property: Key(1)] WireName Name, [property: Key(2)] WireValue Value, [property: Key(3)] long? Expected);

/// <summary>The outcome of a read by name.</summary>
[MessagePackObject]
internal sealed record WireReading(
    [property: Key(0)] int Code, [property: Key(1)] WireValue Value, [property: Key(2)] long Revision, [property: Key(3)] long StoreRevision, [property: Key(4)] long Mark);

/// <summary>A name on the wire.</summary>
[MessagePackObject]
internal readonly record struct WireName([property: Key(0)] uint Category, [property: Key(1)] uint PropertyKey)
{
    public static WireName Of(PropertyName name) => new(name.Category, name.Key);

    public PropertyName Read() => new(Category, PropertyKey);
}

/// <summary>Several values to publish together.</summary>
[MessagePackObject]
internal sealed record WireBatch(
    [property: Key(0)] WireName[] Names, [property: Key(1)] WireValue[] Values, [property: Key(2)] WireName[] Conditions, [property: Key(3)] long[] Revisions);

/// <summary>A property in a list, or an element of a stream.</summary>
[MessagePackObject]
internal sealed record WireChange(
    [property: Key(0)] int Kind, [property: Key(1)] int Type, [property: Key(2)] int Int, [property: Key(3)] byte[]? Bytes, [property: Key(4)] long Revision,
    [property: Key(5)] int Writer, [property: Key(6)] bool IsCurrent)
{
    public static WireChange Of(in PropertyChange c) =>
        new((int)c.Kind, (int)c.Type, c.Int, c.Type == PropertyType.Int ? null : c.Bytes.ToArray(), c.Revision.Value, c.Writer, c.IsCurrent);

    public PropertyChange Read()
    {
        PropertyChange change = (PropertyChangeKind)Kind switch
        {
            PropertyChangeKind.Value when Type == (int)PropertyType.Int => PropertyChange.OfInt(Int, Revision, Writer),
            PropertyChangeKind.Value => PropertyChange.OfBytes((PropertyType)Type, Bytes ?? [], Revision, Writer),
            PropertyChangeKind.Deleted => PropertyChange.Deleted(Revision, Writer),
            _ => PropertyChange.Undefined(),
        };
        return IsCurrent ? change.AsCurrent() : change;
    }
}

/// <summary>A property in a list.</summary>
[MessagePackObject]
internal sealed record WireInfo(
    [property: Key(0)] WireName Name, [property: Key(1)] int Type, [property: Key(2)] uint Owner, [property: Key(3)] int Lifetime, [property: Key(4)] WireChange Current);

/// <summary>The properties of one moment.</summary>
[MessagePackObject]
internal sealed record WireList([property: Key(0)] WireInfo[] Properties, [property: Key(1)] long StoreRevision, [property: Key(2)] long Mark);

/// <summary>A subscriber in a list.</summary>
[MessagePackObject]
internal sealed record WireSubscription(
    [property: Key(0)] int Kind, [property: Key(1)] WireName? Name, [property: Key(2)] uint? Category, [property: Key(3)] uint Subscriber, [property: Key(4)] long Delivered,
    [property: Key(5)] long Dropped);

/// <summary>An element of a watch.</summary>
[MessagePackObject]
internal sealed record WireEvent(
    [property: Key(0)] int Kind, [property: Key(1)] WireName Name, [property: Key(2)] WireChange Change, [property: Key(3)] long Revision, [property: Key(4)] bool More);

/// <summary>Elements of a watch.</summary>
[MessagePackObject]
internal sealed record WireEvents([property: Key(0)] WireEvent[] Events, [property: Key(1)] bool IsOver);
