using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A call of a client of the bus that is not legal gets its code; one that is no call ends its connection.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileClientTests
{
    private const uint Sid = 0x20000001;

    private static readonly WireName Name = new(Sid, 1);
    private static readonly WirePolicy Open = new((int)PolicyKind.AlwaysPass, 0, 0);
    private static readonly WireDefinition Definition = new((int)PropertyType.Int, Open, Open, 0, (int)PropertyLifetime.Store);
    private static readonly RawBytes Names = RawPeer.List(Name);
    private static readonly RawBytes Values = RawPeer.List(new WireValue(1, null));
    private static readonly RawBytes None = RawPeer.List();
    private static readonly WireBatch Batch = new([Name], [new WireValue(1, null)], [], []);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_with_null_or_with_numbers_that_mean_nothing_gets_its_code(bool quick)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        peer.IsQuick = quick;
        int client = (await peer.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, null);
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { Type = 99 });
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { Type = -1 });
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { Lifetime = 99 });
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { ReadPolicy = new WirePolicy(99, 0, 0) });
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { WritePolicy = new WirePolicy(-1, 0, uint.MaxValue) });
        await GetsAsync(ErrorCode.Argument, "DefineAsync", client, Name, Definition with { Preallocate = -1 });
        await GetsAsync(ErrorCode.TooBig, "DefineAsync", client, Name, Definition with { Preallocate = int.MaxValue });
        await GetsAsync(ErrorCode.Success, "DefineAsync", client, Name, Definition);
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, null);
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(null, Values, None, None));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(Names, null, None, None));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(Names, Values, null, None));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(Names, Values, None, null));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(Names, Values, None, RawPeer.List(1L)));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(RawPeer.List([null]), Values, None, None));
        await GetsAsync(ErrorCode.Argument, "PublishAsync", client, RawPeer.List(Names, Values, None));
        await GetsAsync(ErrorCode.TooBig, "PublishAsync", client, new WireBatch(new WireName[65537], new WireValue[65537], [], []));
        await GetsAsync(ErrorCode.Changed, "SetAsync", client, Name, new WireValue(1, null), long.MinValue);
        await GetsAsync(ErrorCode.Argument, "SetAsync", client, Name, new WireValue(0, new byte[15 << 20]), null);
        WireName bytes = Name with { PropertyKey = 2 };
        await GetsAsync(ErrorCode.Success, "DefineAsync", client, bytes, Definition with { Type = (int)PropertyType.LargeByteArray });
        await GetsAsync(ErrorCode.TooBig, "SetAsync", client, bytes, new WireValue(0, new byte[15 << 20]), null);
        await GetsAsync(ErrorCode.Success, "ReadWatchAsync", long.MinValue, int.MinValue);
        Assert.Empty(arena.Fixture.Lines);

        async Task GetsAsync(ErrorCode code, string method, params object?[] arguments)
        {
            ErrorCode got = (await peer.CallAsync(method, Token, arguments)).Code;
            Assert.True(code == got, $"{method} got {got.Name}.");
            await arena.Bystander.IsServedAsync(Token);
        }
    }

    [Fact]
    public async Task A_call_that_is_none_gets_a_sentence_of_ours_without_names_of_types()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        RawMessage[] refused =
        [
            await peer.CallAsync("OpenAsync", Token, "a", "b", "c"),
            await peer.CallAsync("OpenAsync", Token),
            await peer.CallAsync("OpenAsync", Token, -1, -1, -1),
            await peer.CallAsync("PublishAsync", Token, 1, new[] { "x" }),
            await peer.CallAsync("DefineAsync", Token, 1, Name, RawBytes.Nested(20)),
            await peer.CallAsync("ListAsync", Token, Enumerable.Repeat<object?>(null, 100_000).ToArray()),
        ];
        Assert.All(refused, static r => Assert.Equal(ErrorCode.Argument, r.Code));
        RawMessage[] unknown =
        [
            await peer.CallAsync("Dispose", Token), await peer.CallAsync("ToString", Token), await peer.CallAsync("get_Peer", Token),
            await peer.CallAsync(new string('m', 15 << 20), Token), await peer.CallAsync("", Token),
        ];
        Assert.All(unknown, static r => Assert.Equal(ErrorCode.NotSupported, r.Code));
        Assert.All(refused.Concat(unknown), static r => Assert.DoesNotMatch("Exception|System|Conn\\.| at ", r.Sentence));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_takes_the_engine_s_identity_another_s_client_or_the_key_of_the_mode(bool quick)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        IPropertyClient engine = await ((IPropertyStore)arena.Fixture.Store).OpenAsync(arena.Fixture.Store.MintIdentity(SecureId.Engine), Token);
        Assert.Equal(ErrorCode.Success, await engine.TryDefineAsync(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition, Token));
        await using RawPeer other = await arena.ConnectAsync(Purpose.Bus, Token);
        int foreign = (await other.CallAsync("OpenAsync", Token, Sid, 0u, 0u)).As<int>();
        await other.CallAsync("DefineAsync", Token, foreign, Name, Definition);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        peer.IsQuick = quick;
        int client = (await peer.CallAsync("OpenAsync", Token, 0x20000002u, uint.MaxValue & CapabilitySet.All.Bits, 0u)).As<int>();
        WireName mode = WireName.Of(SystemProperties.BackupRestoreKey);
        Assert.Equal(ErrorCode.PermissionDenied, (await peer.CallAsync("OpenAsync", Token, SecureId.Engine.Value, 0u, 0u)).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await peer.CallAsync("OpenAsync", Token, 0x20000002u, uint.MaxValue, 0u)).Code);
        foreach (int number in new[] { foreign, -1, 0, int.MaxValue, int.MinValue }.Where(n => n != client))
        {
            Assert.Equal(ErrorCode.BadHandle, (await peer.CallAsync("SetAsync", Token, number, Name, new WireValue(5, null), null)).Code);
            Assert.Equal(ErrorCode.BadHandle, (await peer.CallAsync("ReadAsync", Token, number, Name)).Code);
            Assert.Equal(ErrorCode.BadHandle, (await peer.CallAsync("DeleteAsync", Token, number, Name)).Code);
            Assert.Equal(ErrorCode.BadHandle, (await peer.CallAsync("AttachAsync", Token, number, Name)).Code);
            Assert.Equal(ErrorCode.Success, (await peer.CallAsync("CloseAsync", Token, number)).Code);
        }

        Assert.NotEqual(ErrorCode.Success, (await peer.CallAsync("SetAsync", Token, client, mode, new WireValue(5, null), null)).Code);
        Assert.NotEqual(ErrorCode.Success, (await peer.CallAsync("DeleteAsync", Token, client, mode)).Code);
        Assert.Equal(ErrorCode.AccessDenied, (await peer.CallAsync("DefineAsync", Token, client, mode, Definition)).Code);
        Assert.NotEqual(ErrorCode.Success, (await peer.CallAsync("PublishAsync", Token, client, Batch with { Names = [mode] })).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await peer.CallAsync("DefineAsync", Token, client, new WireName(Sid, 2), Definition)).Code);
        Assert.Equal(ErrorCode.PermissionDenied, (await peer.CallAsync("DeleteAsync", Token, client, Name)).Code);
        Assert.Equal(ErrorCode.Success, (await other.CallAsync("SetAsync", Token, foreign, Name, new WireValue(6, null), null)).Code);
        Assert.Equal(Revision.None, (await engine.TryReadAsync(SystemProperties.BackupRestoreKey, Token)).Revision);
    }

    [Fact]
    public async Task A_message_that_is_nested_a_million_times_ends_its_connection_and_not_the_process()
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        await peer.WriteAsync(RawPeer.Request(1, "DefineAsync", 1, Name, RawBytes.Nested(15_000_000)), Token);
        await arena.DisconnectedAsync(peer, "nested more than 32 times", Token);
    }

    [Theory]
    [InlineData("an argument")]
    [InlineData("arguments")]
    public async Task A_message_of_millions_of_values_ends_its_connection(string where)
    {
        await using Arena arena = await Arena.StartAsync(Token);
        await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
        byte[] list = [0xdd, 0, 0xd0, 0, 0, .. new byte[0xd00000]];
        byte[] message = RawPeer.Request(1, "ListAsync", new RawBytes(list));
        if (where == "arguments")
        {
            // The list of arguments itself is the long one.
            byte[] short1 = RawPeer.Request(1, "ListAsync");
            message = [.. short1[..^1], .. list];
        }

        await peer.WriteAsync(message, Token);
        await arena.DisconnectedAsync(peer, "more than 1048576 values", Token);
    }

    [Fact]
    public async Task What_is_no_message_ends_its_connection_with_a_line()
    {
        byte[][] messages =
        [
            [], [0xc0], [0xc1], [0x80], [0x90], [0x01], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff],
            RawPeer.Request(1, "ListAsync")[..^3], RawPeer.Result(5, null), RawPeer.Result(long.MinValue, new byte[1000]),
        ];
        foreach (byte[] message in messages)
        {
            await using Arena arena = await Arena.StartAsync(Token);
            await using RawPeer peer = await arena.ConnectAsync(Purpose.Bus, Token);
            await peer.WriteAsync(message, Token);
            await arena.DisconnectedAsync(peer, "was disconnected", Token);
        }
    }
}
