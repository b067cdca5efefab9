using Conn.PubSub;
using MessagePack;

namespace Conn.Ipc;

/// <summary>A property in a list, or an element of a stream.</summary>
internal sealed record WireChange(int Kind, int Type, int Int, byte[]? Bytes, long Revision, int Writer, bool IsCurrent) : IWireRecord<WireChange>
{
    public static WireChange Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 7);
        return new WireChange(
            reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), WireCodec.BytesOrNull(ref reader), reader.ReadInt64(),
            reader.ReadInt32(), reader.ReadBoolean());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(7);
        writer.Write(Kind);
        writer.Write(Type);
        writer.Write(Int);
        writer.Write(Bytes);
        writer.Write(Revision);
        writer.Write(Writer);
        writer.Write(IsCurrent);
    }

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
internal sealed record WireInfo(WireName Name, int Type, uint Owner, int Lifetime, WireChange Current) : IWireRecord<WireInfo>
{
    public static WireInfo Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 5);
        return new WireInfo(WireName.Decode(ref reader), reader.ReadInt32(), reader.ReadUInt32(), reader.ReadInt32(), WireChange.Decode(ref reader));
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        Name.Encode(ref writer);
        writer.Write(Type);
        writer.Write(Owner);
        writer.Write(Lifetime);
        Current.Encode(ref writer);
    }
}

/// <summary>The properties of one moment.</summary>
internal sealed record WireList(WireInfo[] Properties, long StoreRevision, long Mark) : IWireRecord<WireList>
{
    public static WireList Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 3);
        return new WireList(WireCodec.List<WireInfo>(ref reader), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        WireCodec.WriteList(ref writer, Properties);
        writer.Write(StoreRevision);
        writer.Write(Mark);
    }
}

/// <summary>A subscriber in a list.</summary>
internal sealed record WireSubscription(int Kind, WireName? Name, uint? Category, uint Subscriber, long Delivered, long Dropped) : IWireRecord<WireSubscription>
{
    public static WireSubscription Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 6);
        return new WireSubscription(
            reader.ReadInt32(), reader.TryReadNil() ? null : WireName.Decode(ref reader), reader.TryReadNil() ? null : reader.ReadUInt32(),
            reader.ReadUInt32(), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(6);
        writer.Write(Kind);
        if (Name is { } name)
        {
            name.Encode(ref writer);
        }
        else
        {
            writer.WriteNil();
        }

        WireCodec.WriteOptional(ref writer, Category);
        writer.Write(Subscriber);
        writer.Write(Delivered);
        writer.Write(Dropped);
    }
}

/// <summary>An element of a watch.</summary>
internal sealed record WireEvent(int Kind, WireName Name, WireChange Change, long Revision, bool More) : IWireRecord<WireEvent>
{
    public static WireEvent Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 5);
        return new WireEvent(reader.ReadInt32(), WireName.Decode(ref reader), WireChange.Decode(ref reader), reader.ReadInt64(), reader.ReadBoolean());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Kind);
        Name.Encode(ref writer);
        Change.Encode(ref writer);
        writer.Write(Revision);
        writer.Write(More);
    }
}

/// <summary>Elements of a watch.</summary>
internal sealed record WireEvents(WireEvent[] Events, bool IsOver) : IWireRecord<WireEvents>
{
    public static WireEvents Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 2);
        return new WireEvents(WireCodec.List<WireEvent>(ref reader), reader.ReadBoolean());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        WireCodec.WriteList(ref writer, Events);
        writer.Write(IsOver);
    }
}
