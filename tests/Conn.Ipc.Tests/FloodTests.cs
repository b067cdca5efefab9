using System.Net.Sockets;
using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A peer that sends without end, or does not read, is slowed or disconnected and costs a bounded amount.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FloodTests
{
    private const uint Sid = 0x20000001;

    private static readonly WireName Name = new(Sid, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_more_is_read_while_too_many_calls_run_or_hold_too_many_bytes()
    {
        WireLoad load = new();
        for (int i = 0; i < WireLoad.MaxCalls; i++)
        {
            await load.RoomAsync(Token);
            load.Take(1);
        }

        Task room = load.RoomAsync(Token);
        Assert.False(room.IsCompleted);
        load.Give(1);
        await room;
        load.Take(WireLoad.MaxBytes);
        load.Give(1);
        room = load.RoomAsync(Token);
        Assert.False(room.IsCompleted);
        load.Give(WireLoad.MaxBytes);
        await room;
    }

    [Fact]
    public async Task Detaching_what_was_never_attached_ten_thousand_times_changes_nothing()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { Identities = Small(properties: 3) });
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        for (int i = 0; i < 10_000; i++)
        {
            await peer.WriteAsync(RawPeer.Request(null, "Detach", Name with { PropertyKey = (uint)i }), Token);
        }

        // The healthy client of the same user has one of three.
        Assert.Equal(ErrorCode.Success, (await peer.CallAsync("AttachAsync", Token, client, Name)).Code);
        Assert.Equal(ErrorCode.Success, (await peer.CallAsync("AttachAsync", Token, client, Name)).Code);
        Assert.Equal(ErrorCode.TooBig, (await peer.CallAsync("AttachAsync", Token, client, Name)).Code);
        Assert.Empty(arena.Fixture.Lines);
    }

    [Fact]
    public async Task Notifications_without_end_leave_a_bounded_number_of_subscribers()
    {
        const int Most = 50;
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { Identities = Small(subscriptions: Most) });
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        for (uint key = 0; key < 20; key++)
        {
            await peer.CallAsync("AttachAsync", Token, client, Name with { PropertyKey = key });
        }

        for (int i = 0; i < 20_000; i++)
        {
            await peer.WriteAsync(RawPeer.Request(null, "Report", client, Name with { PropertyKey = (uint)i % 20 }, i % 7, true), Token);
            await peer.WriteAsync(RawPeer.Request(null, "EndWatch", (long)i), Token);
            await peer.WriteAsync(RawPeer.Request(null, "BeginWatch", client, (long)i % 100, null, long.MaxValue), Token);
            await peer.WriteAsync(RawPeer.Request(null, "NoSuchThing", i), Token);
        }

        await peer.CallAsync("MarkAsync", Token);
        int reported = arena.Fixture.Store.ListSubscriptions().Count(static s => s.Name?.Category == Sid);
        Assert.InRange(reported, 1, Most);
        await arena.Bystander.IsServedAsync(Token);
    }

    [Fact]
    public async Task One_shot_subscriptions_that_publishes_complete_do_not_use_up_the_bound()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { Identities = Small(subscriptions: 20) });
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(arena.Fixture.Client, Token);
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(Sid), CapabilitySet.Empty), Token);
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(Name.Read(), PropertyDefinition.Open(PropertyType.Int), Token));
        using IProperty handle = await client.AttachAsync(Name.Read(), Token);
        for (int i = 0; i < 200; i++)
        {
            ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
            await client.TryReadAsync(Name.Read(), Token);
            Assert.Equal(1, arena.Fixture.Store.ListSubscriptions().Count(static s => s.Name?.Category == Sid));
            await handle.TrySetAsync(i, Token);
            Assert.Equal(ErrorCode.Success, await subscription);
        }
    }

    [Fact]
    public async Task A_peer_that_asks_without_end_and_reads_no_answer_is_disconnected_and_was_slowed()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { WriteTimeout = TimeSpan.FromSeconds(2) });
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        WireDefinition definition = new((int)PropertyType.LargeByteArray, default, default, 0, 0);
        await peer.CallAsync("DefineAsync", Token, client, Name, definition with { ReadPolicy = Open, WritePolicy = Open });
        await peer.CallAsync("SetAsync", Token, client, Name, new WireValue(0, new byte[60_000]), null);
        int sent = 0;
        try
        {
            while (true)
            {
                await peer.WriteAsync(RawPeer.Request(1000 + sent, "ReadAsync", client, Name), Token);
                sent++;
            }
        }
        catch (IOException)
        {
        }

        // What the sockets hold, and as many calls as may run.
        Assert.InRange(sent, 1, 10_000);
        await arena.DisconnectedAsync(peer, "it did not read for 2 s", Token);
    }

    [Fact]
    public async Task A_peer_that_stops_reading_in_the_middle_of_pushes_is_disconnected()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { WriteTimeout = TimeSpan.FromSeconds(2) });
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        WireName[] names = [.. Enumerable.Range(0, 30).Select(static i => Name with { PropertyKey = (uint)i })];
        foreach (WireName name in names)
        {
            await peer.CallAsync("DefineAsync", Token, client, name, new WireDefinition((int)PropertyType.LargeByteArray, Open, Open, 0, 0));
            await peer.CallAsync("AttachAsync", Token, client, name);
        }

        // It has sent the batch, and reads half of the first push.
        WireValue value = new(0, new byte[60_000]);
        await peer.WriteAsync(RawPeer.Request(5000, "PublishAsync", client, new WireBatch(names, [.. names.Select(_ => value)], [], [])), Token);
        await peer.ReadHalfOfALongMessageAsync(100_000, Token);
        Assert.Contains("it did not read", await arena.Fixture.Logged.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketShutdown.Send)]
    [InlineData(SocketShutdown.Receive)]
    [InlineData(SocketShutdown.Both)]
    public async Task A_connection_that_is_closed_by_half_is_over(SocketShutdown half)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        peer.Stream.Socket.Shutdown(half);
        if (half == SocketShutdown.Receive)
        {
            // Noticed when the server writes.
            await peer.WriteAsync(RawPeer.Request(9, "AttachAsync", client, Name), Token);
        }

        await arena.IsAloneAsync(Token);
    }

    [Fact]
    public async Task Connections_that_say_nothing_use_up_no_more_than_the_share_of_their_user()
    {
        await using Arena arena = await Arena.StartAsync(Token, static o => o with { Identities = Small(connections: 5), MaxConnections = 100 });
        NetworkStream[] silent = new NetworkStream[50];
        for (int i = 0; i < silent.Length; i++)
        {
            silent[i] = await arena.Fixture.ConnectRawAsync();
        }

        Assert.Contains("have not said what they are for", await arena.Fixture.Logged.WaitAsync(Token), StringComparison.Ordinal);
        await arena.Bystander.IsServedAsync(Token);
        foreach (NetworkStream stream in silent)
        {
            await stream.DisposeAsync();
        }
    }

    private static WirePolicy Open => new((int)PolicyKind.AlwaysPass, 0, 0);

    private static IpcIdentityPolicy Small(int connections = 10, int properties = 1000, int subscriptions = 1000) => new(new Dictionary<uint, IpcGrant>
    {
        [SocketBus.User] = new() { MaxConnections = connections, MaxProperties = properties, MaxSubscriptions = subscriptions },
    });
}
