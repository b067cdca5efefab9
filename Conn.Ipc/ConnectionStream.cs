using System.Net.Sockets;

namespace Conn.Ipc;

/// <summary>
/// The stream of a connection, which a thread of its own reads: whoever awaits a read goes on by that thread, so a message wakes no other one. Invariant: while it has
/// that thread, no read waits in the pool of the runtime, whose threads would be woken for each message too. If the system gives no thread, it is read as any socket.
/// </summary>
internal sealed class ConnectionStream(Socket socket, ReadingThread? thread = null) : NetworkStream(socket, ownsSocket: true)
{
    private readonly ReadingThread _thread = thread ?? new ReadingThread();
    private volatile bool _isThreadLeft;

    /// <summary>Both sides have said what it is for. A connection that carries many small messages keeps its thread; another one is read as any socket from now on.</summary>
    public void BeginServing(Purpose purpose)
    {
        if (purpose is not (Purpose.Bus or Purpose.Owner))
        {
            _isThreadLeft = true;
            _thread.Dispose();
        }
    }

    /// <inheritdoc/>
    /// <remarks>A read that is cancelled is the last one.</remarks>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isThreadLeft || !_thread.TryBegin())
        {
            _isThreadLeft = true;
            return await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        await _thread;
        return Receive(buffer.Span, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _thread.Dispose();
    }

    private int Receive(Span<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration end = cancellationToken.UnsafeRegister(static s => ((ConnectionStream)s!).EndReading(), this);
        try
        {
            // The socket does not block: others write to it.
            _ = Socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead);
            cancellationToken.ThrowIfCancellationRequested();
            return Socket.Receive(buffer);
        }
        catch (SocketException e)
        {
            throw new IOException("The connection is lost.", e);
        }
    }

    private void EndReading()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is lost, which ends the read too.
        }
    }
}
