using System.Buffers;
using MessagePack;

namespace Conn.Parsers.Tests.Mutation;

/// <summary>Changes a value of MessagePack as a tree: types, lengths, numbers at bounds, nesting, items twice and missing, parts of other values.</summary>
/// <param name="skipped">How many bytes come before the value, and are kept.</param>
internal sealed class MessagePackMutator(int skipped) : IMutator
{
    private const int MaxDepth = 40;
    private const int MaxValues = 30_000;

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (Read(input) is not { } root)
        {
            return input;
        }

        List<object?>? donor = random.Next(3) == 0 ? Read(other) : null;
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            Change(root, donor, random);
        }

        ArrayBufferWriter<byte> buffer = new();
        MessagePackWriter writer = new(buffer);
        int left = MaxValues;
        Write(ref writer, root[0], random, ref left);
        writer.Flush();
        return [.. input.AsSpan(0, skipped), .. buffer.WrittenSpan];
    }

    private static void Change(List<object?> root, List<object?>? donor, Random random)
    {
        (List<object?> list, int at) = Pick(root, random);
        object? value = list[at];
        switch (random.Next(8))
        {
            case 0 or 1:
                list[at] = Other(value, random);
                break;
            case 2:
                list[at] = AnyValue(random);
                break;
            case 3 when list != root:
                list.RemoveAt(at);
                break;
            case 4 when list != root:
                list.InsertRange(at, Enumerable.Repeat(value, random.Next(16) == 0 ? random.Next(1, value is List<object?> ? 40 : 2000) : 1));

                break;
            case 5 when donor is not null:
                (List<object?> from, int place) = Pick(donor, random);
                list[at] = Copy(from[place]);
                break;
            case 6:
                int to = random.Next(list.Count);
                (list[at], list[to]) = (list[to], list[at]);
                break;
            case 7 when random.Next(8) == 0:
                for (int depth = random.Next(1, 700); depth > 0; depth--)
                {
                    list[at] = new List<object?> { list[at] };
                }

                break;
            default:
                list[at] = Other(value, random);
                break;
        }
    }

    private static object? Other(object? value, Random random) => value switch
    {
        bool flag => !flag,
        long number => random.Next(2) == 0 ? Interesting.Number(random) : unchecked(number + random.Next(-2, 3)),
        string text => random.Next(3) == 0 ? Interesting.Text(random) : random.Next(2) == 0 ? text + Interesting.Text(random) : text[random.Next(text.Length + 1)..],
        byte[] bytes => random.Next(3) == 0 ? [.. bytes, .. bytes] : random.Next(2) == 0 ? bytes[random.Next(bytes.Length + 1)..] : Noise(bytes.Length, random),
        List<object?> { Count: > 1 } list => list.GetRange(0, random.Next(list.Count)),
        _ => AnyValue(random),
    };

    private static object? AnyValue(Random random) => random.Next(8) switch
    {
        0 => null, 1 => true, 2 or 3 => Interesting.Number(random), 4 => Interesting.Text(random), 5 => Noise(random.Next(2) == 0 ? 16 : 32, random),
        6 => new List<object?>(), _ => new List<object?> { Interesting.Number(random), null },
    };

    // A part of another value is never the same object, so no list comes to hold itself.
    private static object? Copy(object? value) => value is List<object?> list ? list.ConvertAll(Copy) : value;

    private static byte[] Noise(int bytes, Random random)
    {
        byte[] noise = new byte[bytes];
        random.NextBytes(noise);
        return noise;
    }

    private static (List<object?> List, int At) Pick(List<object?> root, Random random)
    {
        (List<object?> list, int at) = (root, 0);
        while (list[at] is List<object?> { Count: > 0 } inner && random.Next(6) > 0)
        {
            (list, at) = (inner, random.Next(inner.Count));
        }

        return (list, at);
    }

    private List<object?>? Read(byte[] input)
    {
        try
        {
            MessagePackReader reader = new(input.AsMemory(Math.Min(skipped, input.Length)));
            return input.Length < skipped ? null : [Read(ref reader, 0)];
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static object? Read(ref MessagePackReader reader, int depth)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                _ = reader.ReadNil();
                return null;
            case MessagePackType.Boolean:
                return reader.ReadBoolean();
            case MessagePackType.Integer:
                return reader.ReadInt64();
            case MessagePackType.String:
                return reader.ReadString();
            case MessagePackType.Binary:
                return reader.ReadBytes()!.Value.ToArray();
            case MessagePackType.Array when depth < MaxDepth:
                List<object?> items = [];
                for (int left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    items.Add(Read(ref reader, depth + 1));
                }

                return items;
            default:
                reader.Skip();
                return null;
        }
    }

    // Now and then in a form that is legal and not the shortest, or with a length that is wrong.
    private static void Write(ref MessagePackWriter writer, object? value, Random random, ref int left)
    {
        switch (left-- > 0 ? value : null)
        {
            case null:
                writer.WriteNil();
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case long number when random.Next(32) == 0:
                writer.WriteInt64(number);
                break;
            case long number:
                writer.Write(number);
                break;
            case string text:
                writer.Write(text);
                break;
            case byte[] bytes:
                writer.Write(bytes);
                break;
            case List<object?> items:
                writer.WriteArrayHeader(random.Next(400) == 0 ? (uint)Interesting.Number(random) : (uint)items.Count);
                for (int i = 0; i < items.Count && left > 0; i++)
                {
                    Write(ref writer, items[i], random, ref left);
                }

                break;
            default:
                writer.WriteMapHeader(1);
                break;
        }
    }
}
