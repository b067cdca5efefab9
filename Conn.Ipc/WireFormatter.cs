using System.Buffers;
using MessagePack;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>
/// Reads and writes messages as MessagePack. Invariant: a message is measured before anything is made of it, so neither deep nesting nor very many values cost more than
/// one pass over its bytes. An argument that is nil takes 24 bytes of memory for one of the message.
/// </summary>
internal sealed class WireFormatter : MessagePackFormatter, IJsonRpcMessageFormatter
{
    /// <summary>The deepest nesting. Ours have less than ten levels.</summary>
    public const int MaxDepth = 32;

    /// <summary>The most values that a server reads in one message. A batch of 65536 values and as many conditions has two thirds of them.</summary>
    public const int MaxServerValues = 1 << 20;

    private readonly int _maxValues;

    public WireFormatter(int maxValues)
    {
        _maxValues = maxValues;
        SetMessagePackSerializerOptions(WireRpc.Options);
    }

    /// <summary>The bytes of the message that was read last.</summary>
    public long LastBytes { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ConnException">Corrupt: it is no message of this protocol.</exception>
    JsonRpcMessage IJsonRpcMessageFormatter.Deserialize(ReadOnlySequence<byte> contentBuffer)
    {
        LastBytes = contentBuffer.Length;
        try
        {
            Measure(contentBuffer, _maxValues);
            return Deserialize(contentBuffer);
        }
        catch (Exception e) when (e is not ConnException)
        {
            throw new ConnException(ErrorCode.Corrupt, "it sent what is no message of this protocol", e);
        }
    }

    private static void Measure(in ReadOnlySequence<byte> message, int maxValues)
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
