using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Whatever a peer does ends its own connection, and harms no other.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BadPeerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_version_of_the_protocol_gets_a_code_and_a_sentence()
    {
        await using ServerFixture fixture = new();
        await using NetworkStream stream = await fixture.ConnectRawAsync();
        ConnException refusal = await Assert.ThrowsAsync<ConnException>(() => Hello.AskAsync(stream, Purpose.Bus, default, Token, version: 77));
        Assert.Equal(ErrorCode.NotSupported, refusal.Code);
        Assert.Contains("77", refusal.Message, StringComparison.Ordinal);
        await ServerFixture.ClosesAsync(stream, Token);
        await fixture.LogsAsync(1, Token);
        Assert.Contains("77", Assert.Single(fixture.Lines), StringComparison.Ordinal);
        await fixture.ServesAsync(Token);
    }

    [Fact]
    public async Task A_peer_that_does_not_greet_is_closed_in_time()
    {
        await using ServerFixture fixture = new(static o => o with { HandshakeTimeout = Short });
        await using NetworkStream stream = await fixture.ConnectRawAsync();
        await stream.WriteAsync(new byte[5], Token);
        await ServerFixture.ClosesAsync(stream, Token);
        await fixture.ServesAsync(Token);
    }

    [Fact]
    public async Task Random_bytes_end_their_connection_only()
    {
        await using ServerFixture fixture = new();
        Random random = new(4711);
        for (int i = 0; i < 50; i++)
        {
            byte[] noise = new byte[random.Next(1, 5000)];
            random.NextBytes(noise);
            await using NetworkStream stream = i % 2 == 0 ? await fixture.ConnectRawAsync() : await fixture.GreetAsync(Token);
            if (i % 2 != 0)
            {
                // A legal length, so that the content is read.
                BinaryPrimitives.WriteInt32BigEndian(noise, Math.Max(0, noise.Length - 4));
            }

            try
            {
                await stream.WriteAsync(noise, Token);
                stream.Socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The server was faster.
            }

            await ServerFixture.ClosesAsync(stream, Token);
        }

        await fixture.ServesAsync(Token);
    }

    [Fact]
    public async Task A_message_of_2_GB_is_refused_by_its_length()
    {
        await using ServerFixture fixture = new();
        await using NetworkStream stream = await fixture.GreetAsync(Token);
        byte[] header = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(header, int.MaxValue);
        await stream.WriteAsync(header, Token);
        await ServerFixture.ClosesAsync(stream, Token);
        await fixture.ServesAsync(Token);
        await fixture.LogsAsync(1, Token);
        Assert.Contains(fixture.Lines, static l => l.Contains("2147483647", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_truncated_message_ends_its_connection_only()
    {
        await using ServerFixture fixture = new();
        await using (NetworkStream stream = await fixture.GreetAsync(Token))
        {
            await stream.WriteAsync(new byte[] { 0, 0, 1, 0, 1, 2, 3 }, Token);
        }

        await fixture.ServesAsync(Token);
    }

    [Fact]
    public async Task A_thousand_connections_that_close_at_once_leave_nothing()
    {
        await using ServerFixture fixture = new();
        for (int i = 0; i < 1000; i++)
        {
            await using NetworkStream stream = await fixture.ConnectRawAsync();
        }

        await fixture.ServesAsync(Token);
        await fixture.Server.DisposeAsync();
        Assert.Equal(0, fixture.Server.ConnectionCount);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_disconnected_with_a_line_and_delays_no_publisher()
    {
        await using ServerFixture fixture = new(static o => o with { WriteTimeout = Short });
        await using IpcPropertyStore slow = await IpcPropertyStore.ConnectAsync(fixture.Client, Token);
        IPropertyClient client = await slow.OpenAsync(slow.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
        PropertyName name = new(0x20000001, 1);
        await client.TryDefineAsync(name, PropertyDefinition.Open(PropertyType.LargeByteArray), Token);

        // A raw peer that greets and asks for pushes, and reads nothing of them.
        await using NetworkStream stream = await fixture.GreetAsync(Token);
        HalfDeaf ears = new(stream);
        using WireRpc mute = new(ears);
        mute.Serve<IBusClient>(new Ignoring());
        IBusServer server = mute.Library.Attach<IBusServer>();
        mute.StartListening();
        int number = await server.OpenAsync(0x20000001, 0, 0, Token);
        await server.AttachAsync(number, WireName.Of(name), Token);
        ears.IsDeaf = true;

        // Pushes wait for their answer, so the calls fill the connection.
        for (int i = 0; i < 200; i++)
        {
            _ = server.ReadAsync(number, WireName.Of(name), Token).ContinueWith(static _ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
            Assert.Equal(ErrorCode.Success, (await client.TrySetAsync(name, new byte[60000], Token)).Code);
        }

        Assert.Contains("did not read", await fixture.Logged.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token), StringComparison.Ordinal);
        await fixture.ServesAsync(Token);
    }

    [Fact]
    public async Task Nobody_has_another_secure_id_nor_more_capabilities_than_granted()
    {
        IpcIdentityPolicy policy = new(new Dictionary<uint, IpcGrant>
        {
            [PeerUser()] = new() { SecureIds = [new SecureId(0x20000001)], Capabilities = CapabilitySet.Of(Capability.ReadUserData) },
        });
        await using ServerFixture fixture = new(o => o with { Identities = policy });
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(fixture.Client, Token);
        await RefusedAsync(store, new SecureId(0x20000002), CapabilitySet.Empty);
        await RefusedAsync(store, SecureId.Engine, CapabilitySet.Empty);
        await RefusedAsync(store, new SecureId(0x20000001), CapabilitySet.Of(Capability.Tcb));
        await using IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(0x20000001), CapabilitySet.Of(Capability.ReadUserData)), Token);
        ConnException owner = await Assert.ThrowsAsync<ConnException>(async () => await new IpcOwnerTransport(fixture.Client)
            .ConnectAsync(new OwnerConnection(new SecureId(0x20000002), new ChannelStub()), Token));
        Assert.Equal(ErrorCode.PermissionDenied, owner.Code);

        static async Task RefusedAsync(IpcPropertyStore store, SecureId sid, CapabilitySet capabilities) => Assert.Equal(
            ErrorCode.PermissionDenied,
            (await Assert.ThrowsAsync<ConnException>(async () => await store.OpenAsync(store.MintIdentity(sid, capabilities), Token))).Code);
    }

    [Fact]
    public async Task Nobody_has_more_than_its_share()
    {
        IpcIdentityPolicy policy = new(new Dictionary<uint, IpcGrant>
        {
            [PeerUser()] = new() { MaxConnections = 2, MaxProperties = 3, MaxSubscriptions = 2 },
        });
        await using ServerFixture fixture = new(o => o with { Identities = policy });
        await using IpcPropertyStore one = await IpcPropertyStore.ConnectAsync(fixture.Client, Token);
        await using IpcPropertyStore two = await IpcPropertyStore.ConnectAsync(fixture.Client, Token);
        Assert.Equal(ErrorCode.TooBig, (await Assert.ThrowsAsync<ConnException>(() => IpcPropertyStore.ConnectAsync(fixture.Client, Token))).Code);
        IPropertyClient client = await one.OpenAsync(one.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
        for (uint key = 0; key < 3; key++)
        {
            await client.AttachAsync(new PropertyName(0x20000001, key), Token);
        }

        Assert.Equal(ErrorCode.TooBig, (await Assert.ThrowsAsync<ConnException>(async () => await client.AttachAsync(new PropertyName(1, 1), Token))).Code);
        await two.OpenAsync(two.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
        Assert.Equal(ErrorCode.TooBig, (await Assert.ThrowsAsync<ConnException>(
            async () => await two.OpenAsync(two.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token))).Code);
    }

    [Fact]
    public async Task A_lost_server_completes_subscriptions_with_ServerTerminated_once()
    {
        ServerFixture fixture = new();
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(fixture.Client with { ReconnectFor = TimeSpan.Zero }, Token);
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
        IProperty handle = await client.AttachAsync(new PropertyName(0x20000001, 1), Token);
        Task<ErrorCode> subscription = handle.SubscribeAsync(Token).AsTask();
        await fixture.DisposeAsync();
        Assert.Equal(ErrorCode.ServerTerminated, await subscription.WaitAsync(Token));
    }

    [Fact]
    public async Task A_socket_has_one_server_and_one_that_crashed_leaves_no_obstacle()
    {
        using SocketFolder folder = new();
        using (Socket crashed = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Bound and never listening: what a crash leaves.
            crashed.Bind(new UnixDomainSocketEndPoint(folder.Socket));
            File.Move(folder.Socket, folder.Socket + ".left");
        }

        File.Move(folder.Socket + ".left", folder.Socket);
        await using (IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket }))
        {
            Assert.Equal(ErrorCode.InUse, Assert.Throws<ConnException>(() => IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket })).Code);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Socket));
        }

        Assert.False(File.Exists(folder.Socket));
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ConnException>(
            () => IpcPropertyStore.ConnectAsync(new IpcClientOptions { SocketPath = folder.Socket }, Token))).Code);
    }

    [Fact]
    public void A_path_that_is_too_long_or_not_full_is_refused_with_a_sentence()
    {
        Assert.Equal(ErrorCode.Argument, Assert.Throws<ConnException>(() => IpcServer.Start(new IpcServerOptions { SocketPath = "/tmp/" + new string('x', 103) })).Code);
        Assert.Equal(ErrorCode.Argument, Assert.Throws<ConnException>(() => IpcServer.Start(new IpcServerOptions { SocketPath = "conn.sock" })).Code);
        using SocketFolder folder = new();
        File.SetUnixFileMode(folder.Folder, (UnixFileMode)0b111_111_111);
        Assert.Equal(ErrorCode.AccessDenied, Assert.Throws<ConnException>(() => IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket })).Code);
    }

    private static uint PeerUser() => SocketBus.User;

    /// <summary>Takes what the server pushes.</summary>
    private sealed class Ignoring : IBusClient
    {
        public Task ChangesAsync(WireChanges changes) => Task.CompletedTask;

        public Task NewsAsync(long watch) => Task.CompletedTask;
    }

    /// <summary>A stream that stops reading on request.</summary>
    private sealed class HalfDeaf(NetworkStream inner) : Stream
    {
        public bool IsDeaf { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (IsDeaf)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return await inner.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
