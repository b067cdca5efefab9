using MessagePack;

namespace Conn.Ipc.Tests;

/// <summary>A message of the server, taken apart.</summary>
internal sealed record RawMessage(long? Id, string? Method, byte[]? Params, byte[]? Result, int? Error, string? Sentence)
{
    /// <summary>The code of a refusal; else the code of an outcome; else Success.</summary>
    public ErrorCode Code
    {
        get
        {
            if (Error is { } error)
            {
                return new ErrorCode(error);
            }

            MessagePackReader reader = new(Result);
            return reader.NextMessagePackType == MessagePackType.Array && reader.ReadArrayHeader() > 1 && reader.NextMessagePackType == MessagePackType.Integer
                ? new ErrorCode(reader.ReadInt32())
                : ErrorCode.Success;
        }
    }

    public static RawMessage Read(byte[] message)
    {
        MessagePackReader reader = new(message);
        RawMessage read = new(null, null, null, null, null, null);
        for (int left = reader.ReadMapHeader(); left > 0; left--)
        {
            string key = reader.ReadString()!;
            long start = reader.Consumed;
            MessagePackReader value = reader.CreatePeekReader();
            reader.Skip();
            byte[] raw = message[(int)start..(int)reader.Consumed];
            read = key switch
            {
                "id" => read with { Id = value.ReadInt64() },
                "method" => read with { Method = value.ReadString() },
                "params" => read with { Params = raw },
                "result" => read with { Result = raw },
                "error" => ReadError(read, ref value),
                _ => read,
            };
        }

        return read;
    }

    /// <summary>Reads the result.</summary>
    public T As<T>()
    {
        MessagePackReader reader = new(Result);
        return (T)WireType.Of(typeof(T)).Read(ref reader)!;
    }

    /// <summary>Reads the first argument.</summary>
    public T Argument<T>()
    {
        MessagePackReader reader = new(Params);
        Assert(reader.ReadArrayHeader() > 0);
        return (T)WireType.Of(typeof(T)).Read(ref reader)!;
    }

    private static RawMessage ReadError(RawMessage read, ref MessagePackReader reader)
    {
        for (int left = reader.ReadMapHeader(); left > 0; left--)
        {
            string key = reader.ReadString()!;
            read = key switch
            {
                "code" => read with { Error = reader.ReadInt32() },
                "message" => read with { Sentence = reader.ReadString() },
                _ => SkipIn(read, ref reader),
            };
        }

        return read;
    }

    private static RawMessage SkipIn(RawMessage read, ref MessagePackReader reader)
    {
        reader.Skip();
        return read;
    }

    private static void Assert(bool condition) => Xunit.Assert.True(condition);
}
