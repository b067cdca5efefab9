using Conn.PubSub;
using Conn.PubSub.Replication;
using Conn.PubSub.Security;
using MessagePack;

namespace Conn.Ipc;

/// <summary>A name on the wire.</summary>
internal readonly record struct WireName(uint Category, uint PropertyKey) : IWireRecord<WireName>
{
    public static WireName Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 2);
        return new WireName(reader.ReadUInt32(), reader.ReadUInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Category);
        writer.Write(PropertyKey);
    }

    public static WireName Of(PropertyName name) => new(name.Category, name.Key);

    public PropertyName Read() => new(Category, PropertyKey);
}

/// <summary>A value on the wire.</summary>
internal readonly record struct WireValue(int Int, byte[]? Bytes) : IWireRecord<WireValue>
{
    public static WireValue Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 2);
        return new WireValue(reader.ReadInt32(), WireCodec.BytesOrNull(ref reader));
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Int);
        writer.Write(Bytes);
    }

    public static WireValue Of(PropertyValue value) => value.IsBytes ? new WireValue(0, value.Bytes.ToArray()) : new WireValue(value.Int, null);

    public PropertyValue Read() => Bytes is { } bytes ? new PropertyValue(bytes) : new PropertyValue(Int);
}

/// <summary>A policy on the wire.</summary>
internal readonly record struct WirePolicy(int Kind, uint Id, uint Required) : IWireRecord<WirePolicy>
{
    public static WirePolicy Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 3);
        return new WirePolicy(reader.ReadInt32(), reader.ReadUInt32(), reader.ReadUInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Kind);
        writer.Write(Id);
        writer.Write(Required);
    }

    public static WirePolicy Of(SecurityPolicy policy) => new((int)policy.Kind, policy.Id, policy.Required.Bits);

    public SecurityPolicy Read() => new((PolicyKind)Kind, Id, new CapabilitySet(Required));
}

/// <summary>A definition on the wire.</summary>
internal sealed record WireDefinition(int Type, WirePolicy ReadPolicy, WirePolicy WritePolicy, int Preallocate, int Lifetime) : IWireRecord<WireDefinition>
{
    public static WireDefinition Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 5);
        return new WireDefinition(reader.ReadInt32(), WirePolicy.Decode(ref reader), WirePolicy.Decode(ref reader), reader.ReadInt32(), reader.ReadInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Type);
        ReadPolicy.Encode(ref writer);
        WritePolicy.Encode(ref writer);
        writer.Write(Preallocate);
        writer.Write(Lifetime);
    }

    public static WireDefinition Of(PropertyDefinition definition) => new(
        (int)definition.Type, WirePolicy.Of(definition.Read), WirePolicy.Of(definition.Write), definition.Preallocate, (int)definition.Lifetime);

    public PropertyDefinition Read() => new()
    {
        Type = (PropertyType)Type, Read = ReadPolicy.Read(), Write = WritePolicy.Read(), Preallocate = Preallocate, Lifetime = (PropertyLifetime)Lifetime,
    };
}

/// <summary>The state of one property.</summary>
internal sealed record WireEntry(
    uint Category, uint PropertyKey, long Generation, WireDefinition? Shape,
    uint Owner, WireValue Value, long Revision, long LastRevision,
    int LastWriter, long DeletedAt, int DeletedBy) : IWireRecord<WireEntry>
{
    public static WireEntry Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 11);
        return new WireEntry(
            reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadInt64(), WireCodec.OrNull<WireDefinition>(ref reader),
            reader.ReadUInt32(), WireValue.Decode(ref reader), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32(),
            reader.ReadInt64(), reader.ReadInt32());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(11);
        writer.Write(Category);
        writer.Write(PropertyKey);
        writer.Write(Generation);
        WireCodec.WriteOrNull(ref writer, Shape);
        writer.Write(Owner);
        Value.Encode(ref writer);
        writer.Write(Revision);
        writer.Write(LastRevision);
        writer.Write(LastWriter);
        writer.Write(DeletedAt);
        writer.Write(DeletedBy);
    }

    public static WireEntry Of(in ReplicaEntry e) => new(
        e.Name.Category, e.Name.Key, e.Generation, e.Shape is { } shape ? WireDefinition.Of(shape) : null, e.Owner.Value, WireValue.Of(e.Value), e.Revision,
        e.LastRevision, e.LastWriter, e.DeletedAt, e.DeletedBy);

    public ReplicaEntry Read() => new(
        new PropertyName(Category, PropertyKey), Generation, Shape?.Read(), new SecureId(Owner), Value.Read(), Revision, LastRevision, LastWriter, DeletedAt, DeletedBy);
}
