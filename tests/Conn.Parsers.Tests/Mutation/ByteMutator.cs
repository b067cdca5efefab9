using System.Buffers.Binary;

namespace Conn.Parsers.Tests.Mutation;

/// <summary>Changes bytes without knowing what they mean: one to six times.</summary>
internal sealed class ByteMutator(int maxBytes) : IMutator
{
    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        List<byte> bytes = [.. input];
        for (int times = 1 << random.Next(4); times > 0; times--)
        {
            Change(bytes, other, random);
        }

        return [.. bytes.Take(maxBytes)];
    }

    private static void Change(List<byte> bytes, byte[] other, Random random)
    {
        int at = random.Next(bytes.Count + 1);
        int length = Math.Min(Length(random), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 3:
                Overwrite(bytes, at, Number(random));
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count + 1), [.. bytes.GetRange(at, length)]);
                break;
            case 6:
                byte[] noise = new byte[random.Next(1, 9)];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 7 when other.Length > 0:
                int from = random.Next(other.Length);
                int count = Math.Min(Length(random), other.Length - from);
                bytes.RemoveRange(at, random.Next(2) == 0 ? Math.Min(count, bytes.Count - at) : 0);
                bytes.InsertRange(at, other[from..(from + count)]);
                break;
            case 8 when random.Next(8) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                break;
        }
    }

    private static int Length(Random random) => random.Next(1, 1 << random.Next(1, 12));

    private static void Overwrite(List<byte> bytes, int at, byte[] number)
    {
        for (int i = 0; i < number.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = number[i];
        }
    }

    private static byte[] Number(Random random)
    {
        byte[] eight = new byte[8];
        long number = Interesting.Number(random);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(eight, number);
            return eight[..(1 << random.Next(4))];
        }

        BinaryPrimitives.WriteInt64BigEndian(eight, number);
        return eight[^(1 << random.Next(4))..];
    }
}
