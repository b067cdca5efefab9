using System.Buffers.Binary;
using System.Text;

namespace Conn.Ipc;

/// <summary>The first bytes of a connection: protocol version, purpose and features; then the server's answer. A refusal has a code and a sentence.</summary>
internal static class Hello
{
    public const ushort Version = 1;
    public const int TokenBytes = 16;

    private const uint Magic = 0x434F4E4E;
    private const int RequestBytes = 16 + TokenBytes;
    private const int ReplyBytes = 20;
    private const int MaxSentenceBytes = 1024;

    /// <summary>Sends the first bytes and reads the answer.</summary>
    /// <returns>The server's features.</returns>
    /// <exception cref="ConnException">The server refuses, or is no server of this protocol.</exception>
    public static async Task<ulong> AskAsync(Stream stream, Purpose purpose, ReadOnlyMemory<byte> token, CancellationToken cancellationToken, ushort version = Version)
    {
        byte[] request = new byte[RequestBytes];
        BinaryPrimitives.WriteUInt32BigEndian(request, Magic);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), version);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), (ushort)purpose);
        token.Span.CopyTo(request.AsSpan(16));
        await stream.WriteAsync(request, cancellationToken);
        byte[] reply = new byte[ReplyBytes];
        try
        {
            await stream.ReadExactlyAsync(reply, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            throw new ConnException(ErrorCode.ServerTerminated, "The server closed the connection before it answered.");
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(18));
        if (BinaryPrimitives.ReadUInt32BigEndian(reply) != Magic || length > MaxSentenceBytes)
        {
            throw new ConnException(ErrorCode.NotSupported, "What listens at the socket is no server of this protocol.");
        }

        byte[] sentence = new byte[length];
        await stream.ReadExactlyAsync(sentence, cancellationToken);
        ErrorCode code = new(BinaryPrimitives.ReadInt32BigEndian(reply.AsSpan(6)));
        return code.IsSuccess
            ? BinaryPrimitives.ReadUInt64BigEndian(reply.AsSpan(10))
            : throw new ConnException(code, Encoding.UTF8.GetString(sentence));
    }

    /// <summary>Reads the first bytes of a client.</summary>
    /// <exception cref="ConnException">NotSupported: no client of this protocol or version.</exception>
    public static async Task<(Purpose Purpose, byte[] Token)> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] request = new byte[RequestBytes];
        await stream.ReadExactlyAsync(request, cancellationToken);
        if (BinaryPrimitives.ReadUInt32BigEndian(request) != Magic)
        {
            throw new ConnException(ErrorCode.NotSupported, "The client does not speak this protocol.");
        }

        ushort version = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4));
        return version == Version
            ? ((Purpose)BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(6)), request[16..])
            : throw new ConnException(ErrorCode.NotSupported, $"The client speaks version {version} of the protocol, the server version {Version}. Update the older one.");
    }

    /// <summary>Accepts or refuses a client.</summary>
    public static async Task AnswerAsync(Stream stream, ErrorCode code, ulong features, string sentence, CancellationToken cancellationToken)
    {
        byte[] words = Encoding.UTF8.GetBytes(sentence);
        int length = Math.Min(words.Length, MaxSentenceBytes);
        byte[] reply = new byte[ReplyBytes + length];
        BinaryPrimitives.WriteUInt32BigEndian(reply, Magic);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(4), Version);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(6), code.Value);
        BinaryPrimitives.WriteUInt64BigEndian(reply.AsSpan(10), features);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(18), (ushort)length);
        words.AsSpan(0, length).CopyTo(reply.AsSpan(ReplyBytes));
        await stream.WriteAsync(reply, cancellationToken);
    }
}
