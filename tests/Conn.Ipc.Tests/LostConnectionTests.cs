using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Xunit;

namespace Conn.Ipc.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class LostConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_the_peer_resets_leaves_no_exception_that_nobody_has_seen()
    {
        using StrayExceptions strays = new();
        for (int round = 0; round < 20; round++)
        {
            await ResetAsync();
        }
    }

    [Fact]
    public void A_connection_that_never_listened_is_closed_without_an_exception() => new WireRpc(new MemoryStream()).Dispose();

    // In a method of its own: nothing of the connection is kept alive after it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task ResetAsync()
    {
        using SocketFolder folder = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.Socket));
        listener.Listen();
        using Socket mine = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await mine.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket), Token);
        Socket peer = await listener.AcceptAsync(Token);
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using WireRpc rpc = new(new NetworkStream(mine));
        rpc.Disconnected += (_, _) => lost.TrySetResult();
        rpc.StartListening();

        // A socket that is closed with bytes that were not read resets the connection.
        await rpc.NotifyAsync("Ignored");
        await peer.ReceiveAsync(new byte[1], SocketFlags.Peek, Token);
        peer.Dispose();
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
    }
}
