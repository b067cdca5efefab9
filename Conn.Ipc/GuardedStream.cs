using System.Buffers.Binary;

namespace Conn.Ipc;

/// <summary>
/// A stream of frames that each begin with their length. A frame that is too long ends the connection before its content is read; so does a peer that does not read
/// what is written within a bound.
/// </summary>
internal sealed class GuardedStream(Stream inner, int maxFrameBytes, TimeSpan writeTimeout, TimeProvider clock) : Stream
{
    private readonly byte[] _header = new byte[4];
    private int _headerBytes;
    private long _left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Why the stream ended the connection; null when it did not.</summary>
    public string? Fault { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken);
        Follow(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask write = inner.WriteAsync(buffer, cancellationToken);
        if (write.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            // Not in the context of a publisher, which may be blocked.
            await write.AsTask().WaitAsync(writeTimeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Fault = $"it did not read for {writeTimeout.TotalSeconds:0.#} s";
            await inner.DisposeAsync().ConfigureAwait(false);
            throw new IOException("The peer does not read.");
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                int skipped = (int)Math.Min(_left, bytes.Length);
                _left -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            _header[_headerBytes++] = bytes[0];
            bytes = bytes[1..];
            if (_headerBytes < _header.Length)
            {
                continue;
            }

            _headerBytes = 0;
            _left = BinaryPrimitives.ReadUInt32BigEndian(_header);
            if (_left > maxFrameBytes)
            {
                Fault = $"it announced a message of {_left} bytes; {maxFrameBytes} are the most";
                inner.Dispose();
                throw new IOException("The message is too long.");
            }
        }
    }
}
