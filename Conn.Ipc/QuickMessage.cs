using System.Buffers;
using MessagePack;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>A message of a quick call as it is written: the members of JSON-RPC in the order in which <see cref="WireFormatter"/> writes them.</summary>
internal sealed class QuickMessage(ReadOnlyMemory<byte> bytes) : JsonRpcMessage
{
    /// <summary>The members of a request: version, number, method, arguments.</summary>
    public const int RequestMembers = 4;

    /// <summary>The members of an answer: version, number, result or refusal.</summary>
    public const int AnswerMembers = 3;

    /// <summary>The whole message, without its length.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    public static QuickMessage Request(long id, string method, QuickCalls.Writing arguments) => Make(RequestMembers, id, (ref MessagePackWriter writer) =>
    {
        writer.WriteString("method"u8);
        writer.Write(method);
        writer.WriteString("params"u8);
        arguments(ref writer);
    });

    public static QuickMessage Result(long id, QuickCalls.Writing result) => Make(AnswerMembers, id, (ref MessagePackWriter writer) =>
    {
        writer.WriteString("result"u8);
        result(ref writer);
    });

    /// <summary>Writes a value.</summary>
    public static QuickCalls.Writing Encoded<T>(T value)
        where T : IWireRecord<T> => value.Encode;

    /// <summary>Writes the arguments of a method that has one.</summary>
    public static QuickCalls.Writing OnlyArgument<T>(T value)
        where T : IWireRecord<T> => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        value.Encode(ref writer);
    };

    /// <summary>Reads the arguments of a method that has one, which is not nil.</summary>
    /// <exception cref="Exception">They are not such arguments.</exception>
    public static T ReadOnlyArgument<T>(ref MessagePackReader arguments)
        where T : IWireRecord<T>
    {
        WireCodec.Begin(ref arguments, 1);
        return T.Decode(ref arguments);
    }

    /// <summary>Reads up to the number.</summary>
    /// <returns>False when the number is not that of a quick call.</returns>
    public static bool TryReadId(ref MessagePackReader reader, out int members, out long id)
    {
        id = 0;
        members = reader.NextMessagePackType == MessagePackType.Map ? reader.ReadMapHeader() : 0;
        if (members is not (RequestMembers or AnswerMembers) || !IsNext(ref reader, "jsonrpc"u8) || !IsNext(ref reader, "2.0"u8) || !IsNext(ref reader, "id"u8)
            || reader.NextMessagePackType != MessagePackType.Integer)
        {
            return false;
        }

        id = reader.ReadInt64();
        return id < 0;
    }

    /// <summary>Reads up to the arguments.</summary>
    /// <returns>False when it is another method.</returns>
    public static bool TryReadMethod(ref MessagePackReader reader, string method) =>
        IsNext(ref reader, "method"u8) && reader.NextMessagePackType == MessagePackType.String && reader.ReadString() == method && IsNext(ref reader, "params"u8);

    /// <summary>Reads the encoded result; leaves the reader where it is when there is none.</summary>
    public static bool TryReadResult(ref MessagePackReader reader, out byte[] result)
    {
        MessagePackReader here = reader.CreatePeekReader();
        if (!IsNext(ref here, "result"u8))
        {
            result = [];
            return false;
        }

        result = here.ReadRaw().ToArray();
        reader = here;
        return reader.End;
    }

    /// <summary>Reads a refusal.</summary>
    public static bool TryReadError(ref MessagePackReader reader, out ConnException? refusal)
    {
        refusal = null;
        if (!IsNext(ref reader, "error"u8) || reader.NextMessagePackType != MessagePackType.Map)
        {
            return false;
        }

        (int code, string? sentence) = ReadRefusal(ref reader);
        refusal = WireRpc.Refusal(code, sentence);
        return reader.End;
    }

    /// <summary>Reads the code and the sentence of a refusal.</summary>
    public static (int Code, string? Sentence) ReadRefusal(ref MessagePackReader reader)
    {
        int code = 0;
        string? sentence = null;
        for (int left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "code":
                    code = reader.ReadInt32();
                    break;
                case "message":
                    sentence = reader.ReadString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (code, sentence);
    }

    private static QuickMessage Make(int members, long id, QuickCalls.Writing rest)
    {
        ArrayBufferWriter<byte> buffer = new();
        MessagePackWriter writer = new(buffer);
        WireFormatter.Begin(ref writer, members, new RequestId(id));
        rest(ref writer);
        writer.Flush();
        return new QuickMessage(buffer.WrittenMemory);
    }

    private static bool IsNext(ref MessagePackReader reader, ReadOnlySpan<byte> text) =>
        reader.NextMessagePackType == MessagePackType.String && reader.TryReadStringSpan(out ReadOnlySpan<byte> read) && read.SequenceEqual(text);
}
