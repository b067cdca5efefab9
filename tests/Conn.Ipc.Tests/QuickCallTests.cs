using System.Runtime.Versioning;
using Conn.PubSub;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Calls that the library does not carry out are in order with those that it does, and what is none of them is the library's.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class QuickCallTests
{
    private const uint Sid = 0x20000001;

    private static readonly WireDefinition Definition = WireDefinition.Of(PropertyDefinition.Open(PropertyType.Int));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_publish_that_is_sent_behind_a_define_is_carried_out_after_it()
    {
        const int Properties = 200;
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        for (uint key = 1; key <= Properties; key++)
        {
            WireName name = new(Sid, key);
            await peer.Stream.WriteAsync(
                new byte[][] { RawPeer.Request(100 + key, "DefineAsync", client, name, Definition), Set(-key, client, name) }.SelectMany(RawPeer.Framed).ToArray(), Token);
        }

        for (int i = 0; i < 2 * Properties; i++)
        {
            Assert.Equal(ErrorCode.Success, (await peer.ReadAsync(Token)).Code);
        }
    }

    [Fact]
    public async Task A_publish_whose_bytes_come_one_by_one_is_carried_out()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        WireName name = new(Sid, 1);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        await peer.CallAsync("DefineAsync", Token, client, name, Definition);
        foreach (byte one in RawPeer.Framed(Set(-5, client, name)))
        {
            await peer.Stream.WriteAsync(new[] { one }, Token);
        }

        RawMessage answer = await peer.ReadAsync(Token);
        Assert.Equal((-5L, ErrorCode.Success), (answer.Id, answer.Code));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task An_answer_to_a_push_that_was_not_made_ends_the_connection(long id)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        await peer.WriteAsync(RawPeer.Result(id, null), Token);
        await arena.DisconnectedAsync(peer, "it answered a call that does not run", Token);
    }

    [Fact]
    public async Task A_peer_that_publishes_without_end_and_reads_no_answer_is_disconnected()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { WriteTimeout = TimeSpan.FromSeconds(1) });
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        WireName name = new(Sid, 1);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        await peer.CallAsync("DefineAsync", Token, client, name, Definition);
        byte[] many = [.. Enumerable.Range(1, 1000).SelectMany(i => RawPeer.Framed(Set(-i, client, name)))];
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await peer.Stream.WriteAsync(many, Token);
            }
        });
        await arena.DisconnectedAsync(peer, "it did not read for 1 s", Token);
    }

    private static byte[] Set(long id, int client, WireName name) => RawPeer.Request(id, "SetAsync", client, name, new WireValue(7, null), null);
}
