using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using MessagePack;

namespace Conn.Ipc.Tests;

/// <summary>A peer that writes the bytes of its messages by hand, so that it can write wrong ones. It answers what the server pushes.</summary>
internal sealed class RawPeer(NetworkStream stream) : IAsyncDisposable
{
    private const byte Nil = 0xc0;
    private long _calls;

    public NetworkStream Stream => stream;

    /// <summary>Whether its calls have the numbers of quick calls.</summary>
    public bool IsQuick { get; set; }

    /// <summary>Connects and greets.</summary>
    public static async Task<RawPeer> ConnectAsync(string path, Purpose purpose, CancellationToken cancellationToken, byte[]? token = null)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            NetworkStream stream = new(socket, ownsSocket: true);
            await Hello.AskAsync(stream, purpose, token, cancellationToken);
            return new RawPeer(stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a request; without a number, a notification.</summary>
    public static byte[] Request(long? id, string method, params object?[] arguments) => Make((ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader(id is null ? 3 : 4);
        Head(ref writer, id);
        writer.Write("method");
        writer.Write(method);
        writer.Write("params");
        writer.WriteArrayHeader(arguments.Length);
        foreach (object? argument in arguments)
        {
            writer.WriteRaw(Encode(argument));
        }
    });

    /// <summary>Makes the answer of a call.</summary>
    public static byte[] Result(long id, object? result) => Make((ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader(3);
        Head(ref writer, id);
        writer.Write("result");
        writer.WriteRaw(Encode(result));
    });

    /// <summary>Makes a list of values of any type.</summary>
    public static RawBytes List(params object?[] values) => new(Make((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(values.Length);
        foreach (object? value in values)
        {
            writer.WriteRaw(Encode(value));
        }
    }));

    /// <summary>Puts the length before a message.</summary>
    public static byte[] Framed(byte[] message)
    {
        byte[] framed = new byte[message.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(framed, message.Length);
        message.CopyTo(framed, 4);
        return framed;
    }

    public async Task WriteAsync(byte[] message, CancellationToken cancellationToken) => await stream.WriteAsync(Framed(message), cancellationToken);

    /// <summary>Makes a call and reads until its answer.</summary>
    public async Task<RawMessage> CallAsync(string method, CancellationToken cancellationToken, params object?[] arguments)
    {
        long id = IsQuick ? --_calls : ++_calls;
        await WriteAsync(Request(id, method, arguments), cancellationToken);
        while (true)
        {
            RawMessage read = await ReadAsync(cancellationToken);
            if (read.Method is null && read.Id == id)
            {
                return read;
            }

            await AcknowledgeAsync(read, cancellationToken);
        }
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async Task<RawMessage> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] header = new byte[4];
        await stream.ReadExactlyAsync(header, cancellationToken);
        byte[] message = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
        await stream.ReadExactlyAsync(message, cancellationToken);
        return RawMessage.Read(message);
    }

    /// <summary>Reads messages until one is long, and half of that one.</summary>
    public async Task ReadHalfOfALongMessageAsync(int bytes, CancellationToken cancellationToken)
    {
        byte[] header = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(header, cancellationToken);
            byte[] message = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
            if (message.Length >= bytes)
            {
                await stream.ReadExactlyAsync(message.AsMemory(0, message.Length / 2), cancellationToken);
                return;
            }

            await stream.ReadExactlyAsync(message, cancellationToken);
            await AcknowledgeAsync(RawMessage.Read(message), cancellationToken);
        }
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public Task ClosedAsync(CancellationToken cancellationToken) => ServerFixture.ClosesAsync(stream, cancellationToken);

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task AcknowledgeAsync(RawMessage read, CancellationToken cancellationToken)
    {
        if (read is { Method: not null, Id: { } pushed })
        {
            await WriteAsync(Result(pushed, null), cancellationToken);
        }
    }

    private static void Head(ref MessagePackWriter writer, long? id)
    {
        writer.Write("jsonrpc");
        writer.Write("2.0");
        if (id is { } number)
        {
            writer.Write("id");
            writer.Write(number);
        }
    }

    private static byte[] Encode(object? value) => value switch
    {
        null => [Nil],
        RawBytes raw => raw.Bytes,
        _ => Make((ref MessagePackWriter writer) => WireType.Of(value.GetType()).Write(ref writer, value)),
    };

    private static byte[] Make(Writing write)
    {
        ArrayBufferWriter<byte> buffer = new();
        MessagePackWriter writer = new(buffer);
        write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private delegate void Writing(ref MessagePackWriter writer);
}
