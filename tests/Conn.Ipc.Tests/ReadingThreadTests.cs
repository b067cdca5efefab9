using System.Net.Sockets;
using System.Runtime.Versioning;
using Xunit;

namespace Conn.Ipc.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class ReadingThreadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_that_a_server_refuses_leave_no_thread()
    {
        const int Attempts = 200;
        await using ServerFixture server = new();
        int before = CountThreads();
        for (int i = 0; i < Attempts; i++)
        {
            await Assert.ThrowsAsync<ConnException>(() => IpcRequester.ConnectAsync(server.Client, Token));
        }

        // Threads of other tests, and some that are just ending.
        Assert.InRange(CountThreads() - before, int.MinValue, Attempts / 2);
    }

    [Fact]
    public async Task A_connection_is_read_also_when_the_system_gives_no_thread()
    {
        using SocketFolder folder = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.Socket));
        listener.Listen();
        using Socket peer = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket), Token);
        await using ConnectionStream stream = new(await listener.AcceptAsync(Token), new ReadingThread(static _ => throw new InsufficientMemoryException()));
        await peer.SendAsync(new byte[] { 7 }, SocketFlags.None, Token);
        byte[] read = new byte[1];
        await stream.ReadExactlyAsync(read, Token);
        Assert.Equal(7, read[0]);
    }

    private static int CountThreads() => Directory.GetDirectories("/proc/self/task").Count(static task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).StartsWith("Conn connection", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
