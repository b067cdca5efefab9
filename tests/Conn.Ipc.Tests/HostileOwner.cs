using System.Buffers.Binary;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;

namespace Conn.Ipc.Tests;

/// <summary>An owner's process that writes its answers and its sections by hand.</summary>
internal sealed class HostileOwner : IAsyncDisposable
{
    public const uint Sid = 0x20000010;

    private HostileOwner(RawPeer main, RawPeer sections, SharedBlocks? blocks, IOwnerChannel channel, byte[] token) =>
        (Main, Sections, Blocks, Channel, Token) = (main, sections, blocks, channel, token);

    public RawPeer Main { get; }

    public RawPeer Sections { get; }

    /// <summary>The memory that the engine shares with it; null when it did not ask.</summary>
    public SharedBlocks? Blocks { get; }

    /// <summary>The engine's way to it.</summary>
    public IOwnerChannel Channel { get; }

    public byte[] Token { get; }

    public static WireResult Good { get; } = new(0, null, 0, false, 7, null, null, null, null, 0);

    public static async Task<HostileOwner> ConnectAsync(Arena arena, CancellationToken cancellationToken, bool shares = false)
    {
        RawPeer main = await arena.ConnectAsync(Purpose.Owner, cancellationToken);
        byte[] token = (await main.CallAsync(nameof(IOwnerServer.PrepareAsync), cancellationToken)).As<byte[]>();
        RawPeer sections = await arena.ConnectAsync(Purpose.Sections, cancellationToken, token);
        SharedBlocks? blocks = null;
        if (shares)
        {
            await main.CallAsync(nameof(IOwnerServer.ShareAsync), cancellationToken, Sid);
            blocks = SharedBlocks.TryReceive(sections.Stream.Socket);
            Xunit.Assert.NotNull(blocks);
        }

        await main.CallAsync(nameof(IOwnerServer.ConnectAsync), cancellationToken, new WireOwner(Sid, true, TimeSpan.FromMinutes(1).Ticks, shares));
        OwnerConnection connection = await arena.Fixture.Gateway.First.WaitAsync(cancellationToken);
        return new HostileOwner(main, sections, blocks, connection.Channel, token);
    }

    /// <summary>Reads the next call of the engine.</summary>
    public async Task<(long Id, WireCall Call)> CalledAsync(CancellationToken cancellationToken)
    {
        RawMessage message = await Main.ReadAsync(cancellationToken);
        Xunit.Assert.Equal(nameof(IOwnerClient.InvokeAsync), message.Method);
        return (message.Id!.Value, message.Argument<WireCall>());
    }

    /// <summary>Sends a header on the connection for sections, and bytes after it.</summary>
    public async Task SendSectionAsync(long call, int length, int bytes, CancellationToken cancellationToken)
    {
        byte[] sent = new byte[12 + bytes];
        BinaryPrimitives.WriteInt64BigEndian(sent, call);
        BinaryPrimitives.WriteInt32BigEndian(sent.AsSpan(8), length);
        await Sections.Stream.WriteAsync(sent, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Blocks?.Dispose();
        await Main.DisposeAsync();
        await Sections.DisposeAsync();
    }
}
