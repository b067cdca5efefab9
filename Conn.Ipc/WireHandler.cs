using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>
/// Reads and writes messages. It reads no message while the peer's earlier calls are too many. Invariant: a message is written to the stream by whoever sends it; no other
/// thread is woken for it.
/// </summary>
internal sealed class WireHandler : LengthHeaderMessageHandler
{
    private const int HeaderBytes = sizeof(int);

    private readonly WireFormatter _formatter;

    public WireHandler(Stream stream, WireFormatter formatter, WireLoad? load)
        : base(PipeWriter.Create(stream), PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)), formatter)
    {
        _formatter = formatter;
        Load = load;

        // A read that waits ends with the stream.
        DisposalToken.Register(stream.Dispose);
    }

    /// <summary>The load of the peer; null when it is not bounded.</summary>
    public WireLoad? Load { get; }

    /// <summary>What takes the messages of quick calls; set before the first message is read.</summary>
    public QuickCalls? Quick { get; set; }

    /// <summary>The bytes of the message that was read last.</summary>
    public long LastBytes => _formatter.LastBytes;

    protected override async ValueTask<JsonRpcMessage?> ReadCoreAsync(CancellationToken cancellationToken)
    {
        while (await TryReadQuickAsync(cancellationToken))
        {
        }

        return await base.ReadCoreAsync(cancellationToken);
    }

    // False when the next message is for the library. A method of its own: a loop that never ends is never compiled well.
    private async ValueTask<bool> TryReadQuickAsync(CancellationToken cancellationToken)
    {
        if (Load is { } load)
        {
            await load.RoomAsync(cancellationToken);
        }

        ReadResult read = await Reader!.ReadAsync(cancellationToken);
        if (IsBegun(read.Buffer, out ReadOnlySequence<byte> message) && !read.IsCompleted)
        {
            Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            return true;
        }

        if (!message.IsEmpty && Quick?.TryReceive(message) == true)
        {
            Reader.AdvanceTo(message.End);
            return true;
        }

        // Nothing is taken: the library reads it again.
        Reader.AdvanceTo(read.Buffer.Start);
        return false;
    }

    protected override void Write(JsonRpcMessage content, CancellationToken cancellationToken)
    {
        if (content is not QuickMessage { Bytes: { } bytes })
        {
            base.Write(content, cancellationToken);
            return;
        }

        BinaryPrimitives.WriteInt32BigEndian(Writer!.GetSpan(HeaderBytes), bytes.Length);
        Writer.Advance(HeaderBytes);
        Writer.Write(bytes.Span);
    }

    protected override void DisposeWriter()
    {
        // With a failure: what was not sent is dropped.
        Writer!.Complete(new ObjectDisposedException(nameof(WireHandler)));
        base.DisposeWriter();
    }

    // Whether there is a part of a message only; else the message. The stream bounds the length.
    private static bool IsBegun(in ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        SequenceReader<byte> reader = new(buffer);
        if (!reader.TryReadBigEndian(out int length) || length > reader.Remaining)
        {
            return true;
        }

        message = length > 0 ? buffer.Slice(HeaderBytes, length) : default;
        return false;
    }
}
