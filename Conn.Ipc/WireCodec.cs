using System.Buffers;
using MessagePack;

namespace Conn.Ipc;

/// <summary>
/// What the messages of the wire are read and written with. Invariant: no code is made for it when a program runs, so that a host can be compiled ahead of time
/// (docs/adr/0028-native-tool.md); no more memory is taken than the message has room for.
/// </summary>
internal static class WireCodec
{
    public delegate T Reading<out T>(ref MessagePackReader reader);

    /// <summary>Reads what a peer sent.</summary>
    /// <exception cref="Exception">MessagePackSerializationException: it is no such value.</exception>
    public static T Decoded<T>(ref MessagePackReader reader, Reading<T> read)
    {
        try
        {
            return read(ref reader);
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw new MessagePackSerializationException("It is no such value.", e);
        }
    }

    /// <summary>Reads a record that a peer sent; null when it is nil.</summary>
    /// <exception cref="Exception">MessagePackSerializationException: it is no such record.</exception>
    public static T? Decoded<T>(ReadOnlyMemory<byte> encoded)
        where T : class, IWireRecord<T>
    {
        MessagePackReader reader = new(encoded);
        return Decoded(ref reader, OrNull<T>);
    }

    /// <summary>Whether a failure says that what was read is not what it should be.</summary>
    public static bool IsMalformed(Exception failure) =>
        failure is MessagePackSerializationException or EndOfStreamException or InvalidCastException or OverflowException;

    /// <summary>Begins to read a record.</summary>
    public static void Begin(ref MessagePackReader reader, int members)
    {
        int count = reader.ReadArrayHeader();
        if (count != members)
        {
            throw new MessagePackSerializationException($"It has {count} members in place of {members}.");
        }
    }

    public static T? OrNull<T>(ref MessagePackReader reader)
        where T : class, IWireRecord<T> => reader.TryReadNil() ? null : T.Decode(ref reader);

    public static void WriteOrNull<T>(ref MessagePackWriter writer, T? value)
        where T : class, IWireRecord<T>
    {
        if (value is null)
        {
            writer.WriteNil();
        }
        else
        {
            value.Encode(ref writer);
        }
    }

    public static T[] List<T>(ref MessagePackReader reader)
        where T : IWireRecord<T> => List(ref reader, T.Decode);

    public static T[] List<T>(ref MessagePackReader reader, Reading<T> read)
    {
        T[] list = new T[reader.ReadArrayHeader()];
        for (int i = 0; i < list.Length; i++)
        {
            list[i] = read(ref reader);
        }

        return list;
    }

    public static void WriteList<T>(ref MessagePackWriter writer, T[] list)
        where T : IWireRecord<T>
    {
        writer.WriteArrayHeader(list.Length);
        foreach (T item in list)
        {
            item.Encode(ref writer);
        }
    }

    public static void WriteOptional(ref MessagePackWriter writer, long? number)
    {
        if (number is { } given)
        {
            writer.Write(given);
        }
        else
        {
            writer.WriteNil();
        }
    }

    public static string Text(ref MessagePackReader reader) => reader.ReadString() ?? throw new MessagePackSerializationException("A text is missing.");

    public static string[]? TextsOrNull(ref MessagePackReader reader) => reader.TryReadNil() ? null : List(ref reader, Text);

    public static void WriteTexts(ref MessagePackWriter writer, string[]? texts)
    {
        if (texts is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(texts.Length);
        foreach (string text in texts)
        {
            writer.Write(text);
        }
    }

    public static void WriteNumbers(ref MessagePackWriter writer, long[] numbers)
    {
        writer.WriteArrayHeader(numbers.Length);
        foreach (long number in numbers)
        {
            writer.Write(number);
        }
    }

    public static byte[]? BytesOrNull(ref MessagePackReader reader) => reader.ReadBytes() is { } bytes ? bytes.ToArray() : null;
}
