using System.Collections.Frozen;
using MessagePack;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>How an argument or a result of a call is written and read, by its declared type. Nil is null.</summary>
internal abstract class WireType
{
    private static readonly FrozenDictionary<Type, WireType> Known = new WireType[]
    {
        new WireType<bool>(static (ref MessagePackWriter w, bool v) => w.Write(v), static (ref MessagePackReader r) => r.ReadBoolean()),
        new WireType<int>(static (ref MessagePackWriter w, int v) => w.Write(v), static (ref MessagePackReader r) => r.ReadInt32()),
        new WireType<uint>(static (ref MessagePackWriter w, uint v) => w.Write(v), static (ref MessagePackReader r) => r.ReadUInt32()),
        new WireType<long>(static (ref MessagePackWriter w, long v) => w.Write(v), static (ref MessagePackReader r) => r.ReadInt64()),
        new WireType<string>(static (ref MessagePackWriter w, string v) => w.Write(v), WireCodec.Text),
        new WireType<string[]>(
            static (ref MessagePackWriter w, string[] v) => WireCodec.WriteTexts(ref w, v), static (ref MessagePackReader r) => WireCodec.List(ref r, WireCodec.Text)),
        new WireType<byte[]>(static (ref MessagePackWriter w, byte[] v) => w.Write(v), static (ref MessagePackReader r) => WireCodec.BytesOrNull(ref r)!),
        new WireType<RequestId>(WriteId, ReadId),
        Record<WireName>(), Record<WireValue>(), Record<WireDefinition>(), Record<WireStore>(), Record<WireChanges>(), Record<WireBatch>(), Record<WireOutcome>(),
        Record<WireReading>(), Record<WireList>(), Record<WireEvents>(), Record<WireCall>(), Record<WireResult>(), Record<WireMode>(), Record<WireOwner>(),
        Records<WireHeld>(), Records<WireSubscription>(),
    }.ToFrozenDictionary(static t => t.Type);

    private protected WireType(Type type) => Type = type;

    /// <summary>Gets what crosses.</summary>
    public static IEnumerable<Type> All => Known.Keys;

    private Type Type { get; }

    /// <summary>Finds how a type crosses. A value that may be nil is one of its type, or null.</summary>
    /// <exception cref="NotSupportedException">It does not cross.</exception>
    public static WireType Of(Type type) => Known.TryGetValue(Nullable.GetUnderlyingType(type) ?? type, out WireType? known)
        ? known
        : throw new NotSupportedException($"{type} does not cross; {nameof(WireType)} has what does.");

    /// <summary>Reads the number of a call.</summary>
    public static RequestId ReadId(ref MessagePackReader reader) => reader.NextMessagePackType switch
    {
        MessagePackType.Integer => new RequestId(reader.ReadInt64()),
        MessagePackType.String => new RequestId(reader.ReadString()),
        MessagePackType.Nil when reader.TryReadNil() => RequestId.Null,
        _ => throw new MessagePackSerializationException("It is no number of a call."),
    };

    /// <summary>Writes the number of a call.</summary>
    public static void WriteId(ref MessagePackWriter writer, RequestId id)
    {
        if (id.Number is { } number)
        {
            writer.Write(number);
        }
        else
        {
            writer.Write(id.String);
        }
    }

    public abstract void Write(ref MessagePackWriter writer, object? value);

    /// <exception cref="Exception">MessagePackSerializationException: it is no such value.</exception>
    public abstract object? Read(ref MessagePackReader reader);

    private static WireType<T> Record<T>()
        where T : IWireRecord<T> => new(static (ref MessagePackWriter w, T v) => v.Encode(ref w), T.Decode);

    private static WireType<T[]> Records<T>()
        where T : IWireRecord<T> => new(static (ref MessagePackWriter w, T[] v) => WireCodec.WriteList(ref w, v), WireCodec.List<T>);
}

/// <summary>How one type crosses.</summary>
internal sealed class WireType<T>(WireType<T>.Writing write, WireCodec.Reading<T> read) : WireType(typeof(T))
    where T : notnull
{
    public delegate void Writing(ref MessagePackWriter writer, T value);

    public override void Write(ref MessagePackWriter writer, object? value)
    {
        if (value is null)
        {
            writer.WriteNil();
        }
        else
        {
            write(ref writer, (T)value);
        }
    }

    public override object? Read(ref MessagePackReader reader) => reader.TryReadNil() ? null : WireCodec.Decoded(ref reader, read);
}
