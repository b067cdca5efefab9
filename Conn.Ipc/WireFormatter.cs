using System.Buffers;
using MessagePack;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>
/// Reads and writes messages as MessagePack. Invariant: a message is measured before anything is made of it, so neither deep nesting nor very many values cost more than
/// one pass over its bytes. An argument that is nil takes 16 bytes of memory for one of the message.
/// </summary>
internal sealed class WireFormatter(int maxValues) : IJsonRpcMessageFormatter
{
    /// <summary>The most values that a server reads in one message. A batch of 65536 values and as many conditions has two thirds of them.</summary>
    public const int MaxServerValues = 1 << 20;

    /// <summary>The bytes of the message that was read last.</summary>
    public long LastBytes { get; private set; }

    /// <summary>Begins a message: its version and, unless nobody answers it, its number.</summary>
    public static void Begin(ref MessagePackWriter writer, int members, RequestId id)
    {
        writer.WriteMapHeader(members);
        writer.WriteString("jsonrpc"u8);
        writer.WriteString("2.0"u8);
        if (!id.IsEmpty)
        {
            writer.WriteString("id"u8);
            WireType.WriteId(ref writer, id);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ConnException">Corrupt: it is no message of this protocol.</exception>
    public JsonRpcMessage Deserialize(ReadOnlySequence<byte> contentBuffer)
    {
        LastBytes = contentBuffer.Length;
        try
        {
            WireMeasure.Check(contentBuffer, maxValues);

            // A copy: the arguments are read when the buffer is used again.
            MessagePackReader reader = new(contentBuffer.ToArray());
            return Read(ref reader);
        }
        catch (Exception e) when (e is not ConnException)
        {
            throw new ConnException(ErrorCode.Corrupt, "it sent what is no message of this protocol", e);
        }
    }

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, JsonRpcMessage message)
    {
        MessagePackWriter writer = new(bufferWriter);
        switch (message)
        {
            case JsonRpcRequest request:
                Begin(ref writer, request.IsNotification ? QuickMessage.RequestMembers - 1 : QuickMessage.RequestMembers, request.RequestId);
                writer.WriteString("method"u8);
                writer.Write(request.Method);
                writer.WriteString("params"u8);
                WriteArguments(ref writer, request);
                break;
            case JsonRpcResult result:
                Begin(ref writer, QuickMessage.AnswerMembers, result.RequestId);
                writer.WriteString("result"u8);
                WriteValue(ref writer, result.Result, result.ResultDeclaredType);
                break;
            case JsonRpcError error:
                Begin(ref writer, QuickMessage.AnswerMembers, error.RequestId);
                writer.WriteString("error"u8);
                WriteError(ref writer, error.Error);
                break;
            default:
                throw new NotSupportedException($"{message.GetType()} is no message of the protocol.");
        }

        writer.Flush();
    }

    /// <inheritdoc/>
    public object GetJsonText(JsonRpcMessage message) => throw new NotSupportedException();

    private static void WriteArguments(ref MessagePackWriter writer, JsonRpcRequest request)
    {
        if (request.NamedArguments is { } named)
        {
            writer.WriteMapHeader(named.Count);
            foreach ((string name, object? value) in named)
            {
                writer.Write(name);
                WriteValue(ref writer, value, null);
            }

            return;
        }

        IReadOnlyList<object?> list = request.ArgumentsList ?? [];
        writer.WriteArrayHeader(list.Count);
        for (int i = 0; i < list.Count; i++)
        {
            WriteValue(ref writer, list[i], request.ArgumentListDeclaredTypes?[i]);
        }
    }

    private static void WriteValue(ref MessagePackWriter writer, object? value, Type? declared)
    {
        if (value is null)
        {
            writer.WriteNil();
        }
        else
        {
            WireType.Of(declared is null || declared == typeof(object) ? value.GetType() : declared).Write(ref writer, value);
        }
    }

    private static void WriteError(ref MessagePackWriter writer, JsonRpcError.ErrorDetail? error)
    {
        writer.WriteMapHeader(2);
        writer.WriteString("code"u8);
        writer.Write((int)(error?.Code ?? 0));
        writer.WriteString("message"u8);
        writer.Write(error?.Message);
    }

    private static JsonRpcMessage Read(ref MessagePackReader reader)
    {
        RequestId id = default;
        string? method = null;
        ReadOnlyMemory<byte>[] arguments = [];
        string[]? names = null;
        JsonRpcMessage? answer = null;
        for (int left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "id":
                    id = WireType.ReadId(ref reader);
                    break;
                case "method":
                    method = WireCodec.Text(ref reader);
                    break;
                case "params":
                    arguments = ReadArguments(ref reader, out names);
                    break;
                case "result":
                    answer = new WireAnswer(Raw(ref reader));
                    break;
                case "error":
                    answer = new JsonRpcError { Error = ReadError(ref reader) };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        switch (answer)
        {
            case JsonRpcResult result:
                result.RequestId = id;
                return result;
            case JsonRpcError error:
                error.RequestId = id;
                return error;
            default:
                return new WireRequest(arguments, names) { RequestId = id, Method = method ?? throw new MessagePackSerializationException("It is no message.") };
        }
    }

    private static ReadOnlyMemory<byte>[] ReadArguments(ref MessagePackReader reader, out string[]? names)
    {
        bool named = reader.NextMessagePackType == MessagePackType.Map;
        ReadOnlyMemory<byte>[] arguments = new ReadOnlyMemory<byte>[named ? reader.ReadMapHeader() : reader.ReadArrayHeader()];
        names = named ? new string[arguments.Length] : null;
        for (int i = 0; i < arguments.Length; i++)
        {
            names?[i] = WireCodec.Text(ref reader);
            arguments[i] = Raw(ref reader);
        }

        return arguments;
    }

    private static JsonRpcError.ErrorDetail ReadError(ref MessagePackReader reader)
    {
        (int code, string? sentence) = QuickMessage.ReadRefusal(ref reader);
        return new JsonRpcError.ErrorDetail { Code = (JsonRpcErrorCode)code, Message = sentence };
    }

    // It is a part of the copy.
    private static ReadOnlyMemory<byte> Raw(ref MessagePackReader reader) => reader.ReadRaw().First;
}
