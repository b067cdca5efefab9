using System.Buffers.Binary;

namespace Conn.Ipc.Tests;

/// <summary>Makes something wrong of recorded messages. The same seed makes the same.</summary>
internal sealed class Mutator(Random random)
{
    /// <summary>Flips, cuts, duplicates, reorders or splices; one to four times.</summary>
    public byte[] Mutate(byte[][] messages, byte[][] others)
    {
        List<byte[]> changed = [.. messages.Select(static m => m.ToArray())];
        for (int times = random.Next(1, 5); times > 0; times--)
        {
            int at = random.Next(changed.Count);
            switch (random.Next(8))
            {
                case 0:
                    Flip(changed[at], 0);
                    break;
                case 1:
                    // The length stays, so that the content is read.
                    Flip(changed[at], 4);
                    break;
                case 2:
                    changed[at] = changed[at][..random.Next(changed[at].Length)];
                    break;
                case 3:
                    changed[at] = Fitting(changed[at].AsSpan(4, random.Next(changed[at].Length - 3)));
                    break;
                case 4:
                    changed.Insert(at, changed[at].ToArray());
                    break;
                case 5:
                    int to = random.Next(changed.Count);
                    (changed[at], changed[to]) = (changed[to], changed[at]);
                    break;
                case 6:
                    changed[at] = others[random.Next(others.Length)].ToArray();
                    break;
                default:
                    byte[] tail = others[random.Next(others.Length)];
                    changed[at] = Fitting([.. changed[at].AsSpan(4, random.Next(changed[at].Length - 3)), .. tail.AsSpan(4 + random.Next(tail.Length - 4))]);
                    break;
            }

            changed.RemoveAll(static m => m.Length < 5);
            if (changed.Count == 0)
            {
                changed.Add([0, 0, 0, 1, 0xc0]);
            }
        }

        return [.. changed.SelectMany(static m => m)];
    }

    private static byte[] Fitting(ReadOnlySpan<byte> content)
    {
        byte[] message = new byte[content.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(message, content.Length);
        content.CopyTo(message.AsSpan(4));
        return message;
    }

    private void Flip(byte[] bytes, int from)
    {
        for (int times = random.Next(1, 4); times > 0 && bytes.Length > from; times--)
        {
            bytes[random.Next(from, bytes.Length)] ^= (byte)random.Next(1, 256);
        }
    }
}
