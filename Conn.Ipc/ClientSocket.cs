using System.Net.Sockets;

namespace Conn.Ipc;

/// <summary>Connects to a server.</summary>
internal static class ClientSocket
{
    /// <summary>Connects, and says what the connection is for.</summary>
    /// <exception cref="ConnException">NotFound: no server listens there. Another code: the server's refusal.</exception>
    public static Task<Stream> ConnectAsync(IpcClientOptions options, Purpose purpose, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        string path = options.SocketPath is { } given ? IpcSocketPath.Checked(given) : IpcSocketPath.Find();
        return Deadline.RunAsync(token1 => ConnectAsync(path, purpose, token, token1), options.Timeout, options.TimeProvider, $"Connecting to '{path}'", cancellationToken);
    }

    private static async Task<Stream> ConnectAsync(string path, Purpose purpose, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        ConnectionStream? stream = null;
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            stream = new ConnectionStream(socket);
            await Hello.AskAsync(stream, purpose, token, cancellationToken);
            stream.BeginServing(purpose);
            return stream;
        }
        catch (SocketException e)
        {
            End();
            throw e.SocketErrorCode == SocketError.AccessDenied
                ? new ConnException(ErrorCode.AccessDenied, $"This user may not use the socket '{path}'.", e)
                : new ConnException(ErrorCode.NotFound, $"No server listens at '{path}'. Start it first, or name its socket with {IpcSocketPath.Variable}.", e);
        }
        catch (IOException e)
        {
            End();
            throw new ConnException(ErrorCode.ServerTerminated, $"The server at '{path}' closed the connection.", e);
        }
        catch
        {
            End();
            throw;
        }

        // The stream ends its thread, not only the socket.
        void End()
        {
            stream?.Dispose();
            socket.Dispose();
        }
    }
}
