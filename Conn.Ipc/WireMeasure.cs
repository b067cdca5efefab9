using System.Buffers;
using MessagePack;

namespace Conn.Ipc;

/// <summary>Measures a message before anything is made of it.</summary>
internal static class WireMeasure
{
    /// <summary>The deepest nesting. Ours have less than ten levels.</summary>
    public const int MaxDepth = 32;

    /// <summary>Checks a message in one pass.</summary>
    /// <exception cref="ConnException">Corrupt: it is nested too deeply. TooBig: it has too many values.</exception>
    /// <exception cref="Exception">It is not MessagePack.</exception>
    public static void Check(in ReadOnlySequence<byte> message, int maxValues)
    {
        MessagePackReader reader = new(message);
        Span<long> left = stackalloc long[MaxDepth + 1];
        left[0] = 1;
        int depth = 0;
        for (int values = 0; ; values++)
        {
            while (left[depth] == 0)
            {
                if (depth-- == 0)
                {
                    return;
                }
            }

            left[depth]--;
            long inside = reader.NextMessagePackType switch
            {
                MessagePackType.Array => reader.ReadArrayHeader(),
                MessagePackType.Map => 2L * reader.ReadMapHeader(),
                _ => Skip(ref reader),
            };
            if (inside != 0 && ++depth > MaxDepth)
            {
                throw new ConnException(ErrorCode.Corrupt, $"it sent a message that is nested more than {MaxDepth} times");
            }

            if (values > maxValues)
            {
                throw new ConnException(ErrorCode.TooBig, $"it sent a message of more than {maxValues} values");
            }

            if (inside != 0)
            {
                left[depth] = inside;
            }
        }
    }

    private static long Skip(ref MessagePackReader reader)
    {
        reader.Skip();
        return 0;
    }
}
