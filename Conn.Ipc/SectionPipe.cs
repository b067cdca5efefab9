using System.Buffers.Binary;
using System.Net.Sockets;

namespace Conn.Ipc;

/// <summary>Carries the bytes of calls, each with the number of its call and its length. One reads and one writes at a time.</summary>
internal sealed class SectionPipe : IDisposable
{
    private const int HeaderBytes = 12;

    // A whole section and its header. With the default of the system a section is handed over in pieces, and each waits until the other process has had its turn.
    private const int SendBufferBytes = 2 << 20;

    private readonly Stream _stream;
    private readonly byte[] _written = new byte[HeaderBytes];
    private readonly byte[] _read = new byte[HeaderBytes];

    public SectionPipe(Stream stream)
    {
        _stream = stream;
        if (stream is NetworkStream { Socket: { } socket })
        {
            // The system may give less.
            socket.SendBufferSize = SendBufferBytes;
        }
    }

    /// <summary>Sends the bytes of a call.</summary>
    public async Task WriteAsync(long call, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteInt64BigEndian(_written, call);
        BinaryPrimitives.WriteInt32BigEndian(_written.AsSpan(8), bytes.Length);
        await _stream.WriteAsync(_written, cancellationToken);
        await _stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Receives the bytes of a call.</summary>
    /// <returns>How many they are.</returns>
    /// <exception cref="ConnException">Corrupt: they are another call's, or more than the buffer has.</exception>
    public async Task<int> ReadAsync(long call, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_read, cancellationToken);
        long of = BinaryPrimitives.ReadInt64BigEndian(_read);
        int length = BinaryPrimitives.ReadInt32BigEndian(_read.AsSpan(8));
        if (of != call || length < 0 || length > buffer.Length)
        {
            throw new ConnException(ErrorCode.Corrupt, $"The section has {length} bytes of call {of}; call {call} has a buffer of {buffer.Length}.");
        }

        await _stream.ReadExactlyAsync(buffer[..length], cancellationToken);
        return length;
    }

    public void Dispose() => _stream.Dispose();
}
