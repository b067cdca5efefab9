using MessagePack;

namespace Conn.Ipc;

/// <summary>What the server says about itself when the bus is opened.</summary>
/// <param name="EnforcesPolicies">Whether policies are enforced.</param>
/// <param name="Revision">The revision of the store.</param>
/// <param name="Instance">Differs from that of every other store: a client that comes back finds the same one, or reads everything again.</param>
internal sealed record WireStore(bool EnforcesPolicies, long Revision, Guid Instance) : IWireRecord<WireStore>
{
    public static WireStore Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 3);
        return new WireStore(
            reader.ReadBoolean(), reader.ReadInt64(),
            Identity(ref reader));
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(EnforcesPolicies);
        writer.Write(Revision);
        writer.Write(Instance.ToByteArray());
    }

    private static Guid Identity(ref MessagePackReader reader) =>
        WireCodec.BytesOrNull(ref reader) is { Length: 16 } bytes ? new Guid(bytes) : throw new MessagePackSerializationException("An instance has 16 bytes.");
}

/// <summary>A property that a client had before its connection was lost.</summary>
/// <param name="Name">The property.</param>
/// <param name="References">The number of its handles and observations.</param>
/// <param name="Generation">The definition that it has; 0 for none, -1 when it knows nothing of the property or has it of another store.</param>
/// <param name="Revision">The revision of the last publish or delete that it has.</param>
internal sealed record WireHeld(WireName Name, int References, long Generation, long Revision) : IWireRecord<WireHeld>
{
    public static WireHeld Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 4);
        return new WireHeld(WireName.Decode(ref reader), reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        Name.Encode(ref writer);
        writer.Write(References);
        writer.Write(Generation);
        writer.Write(Revision);
    }
}

/// <summary>One part of a take. Its entries are applied together with those of the other parts, when the last one is there.</summary>
internal sealed record WireChanges(WireEntry[] Entries, bool IsLast, long Mark, long Revision) : IWireRecord<WireChanges>
{
    public static WireChanges Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 4);
        return new WireChanges(WireCodec.List<WireEntry>(ref reader), reader.ReadBoolean(), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        WireCodec.WriteList(ref writer, Entries);
        writer.Write(IsLast);
        writer.Write(Mark);
        writer.Write(Revision);
    }
}

/// <summary>The arguments of a publish.</summary>
internal sealed record WireSet(int Client, WireName Name, WireValue Value, long? Expected) : IWireRecord<WireSet>
{
    public static WireSet Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 4);
        return new WireSet(reader.ReadInt32(), WireName.Decode(ref reader), WireValue.Decode(ref reader), reader.TryReadNil() ? null : reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        writer.Write(Client);
        Name.Encode(ref writer);
        Value.Encode(ref writer);
        WireCodec.WriteOptional(ref writer, Expected);
    }
}

/// <summary>Several values to publish together.</summary>
internal sealed record WireBatch(WireName[] Names, WireValue[] Values, WireName[] Conditions, long[] Revisions) : IWireRecord<WireBatch>
{
    public static WireBatch Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 4);
        return new WireBatch(
            WireCodec.List<WireName>(ref reader), WireCodec.List<WireValue>(ref reader), WireCodec.List<WireName>(ref reader),
            WireCodec.List(ref reader, static (ref MessagePackReader e) => e.ReadInt64()));
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        WireCodec.WriteList(ref writer, Names);
        WireCodec.WriteList(ref writer, Values);
        WireCodec.WriteList(ref writer, Conditions);
        WireCodec.WriteNumbers(ref writer, Revisions);
    }
}

/// <summary>The outcome of a call that may change the store.</summary>
/// <param name="Code">The code.</param>
/// <param name="Revision">The revision of a publish, or the one that was found.</param>
/// <param name="StoreRevision">The revision of the store.</param>
/// <param name="Mark">The take that has everything from before the answer.</param>
internal sealed record WireOutcome(int Code, long Revision, long StoreRevision, long Mark) : IWireRecord<WireOutcome>
{
    public static WireOutcome Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 4);
        return new WireOutcome(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(4);
        writer.Write(Code);
        writer.Write(Revision);
        writer.Write(StoreRevision);
        writer.Write(Mark);
    }
}

/// <summary>The outcome of a read by name.</summary>
internal sealed record WireReading(int Code, WireValue Value, long Revision, long StoreRevision, long Mark) : IWireRecord<WireReading>
{
    public static WireReading Decode(ref MessagePackReader reader)
    {
        WireCodec.Begin(ref reader, 5);
        return new WireReading(reader.ReadInt32(), WireValue.Decode(ref reader), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
    }

    public void Encode(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(Code);
        Value.Encode(ref writer);
        writer.Write(Revision);
        writer.Write(StoreRevision);
        writer.Write(Mark);
    }
}
