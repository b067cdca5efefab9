using System.Buffers.Binary;
using System.Net.Sockets;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;

namespace Conn.Ipc.Tests;

/// <summary>The messages that real clients have sent, recorded on their way: one of the bus, one of an owner.</summary>
internal static class RecordedSessions
{
    private const uint Sid = 0x20000001;

    /// <summary>Records a session of the bus in which every call is made.</summary>
    public static async Task<byte[][]> BusAsync(ServerFixture fixture, CancellationToken cancellationToken)
    {
        NetworkStream socket = await fixture.GreetAsync(cancellationToken);
        TeeStream tee = new(socket);
        using WireRpc rpc = new(tee);
        rpc.Serve<IBusClient>(new Ignoring());
        IBusServer bus = rpc.Library.Attach<IBusServer>();
        rpc.StartListening();
        WireName name = new(Sid, 1);
        await bus.OpenStoreAsync(cancellationToken);
        int client = await bus.OpenAsync(Sid, 0, 0, cancellationToken);
        await bus.DefineAsync(client, name, WireDefinition.Of(PropertyDefinition.Open(PropertyType.Int)), cancellationToken);
        await bus.AttachAsync(client, name, cancellationToken);
        bus.Report(client, name, 1, true);
        bus.BeginWatch(client, 1, null, 0);
        for (int i = 0; i < 5; i++)
        {
            await bus.SetAsync(client, name, new WireValue(i, null), null, cancellationToken);
            await rpc.Quick.CallAsync(nameof(IBusServer.SetAsync), QuickMessage.Encoded(new WireSet(client, name, new WireValue(1, null), null)));
            await bus.ReadAsync(client, name, cancellationToken);
            await bus.PublishAsync(client, new WireBatch([name], [new WireValue(i, null)], [name], [i]), cancellationToken);
        }

        await bus.ReadWatchAsync(1, 10, cancellationToken);
        await bus.ListAsync(client, null, cancellationToken);
        await bus.ListSubscriptionsAsync(cancellationToken);
        await bus.HasSubscribersAsync(client, name, cancellationToken);
        bus.EndWatch(1);
        bus.Report(client, name, 1, false);
        bus.Detach(name);
        await bus.DeleteAsync(client, name, cancellationToken);
        await bus.CloseAsync(client);
        return Messages(tee);
    }

    /// <summary>Records what an owner's process sends on its first connection.</summary>
    public static async Task<byte[][]> OwnerAsync(ServerFixture fixture, CancellationToken cancellationToken)
    {
        NetworkStream socket = await fixture.ConnectRawAsync();
        await Hello.AskAsync(socket, Purpose.Owner, default, cancellationToken);
        TeeStream tee = new(socket);
        using WireRpc rpc = new(tee);
        OwnerCalls calls = new(new ChannelStub());
        rpc.Serve<IOwnerClient>(calls);
        IOwnerServer server = rpc.Library.Attach<IOwnerServer>();
        rpc.StartListening();
        byte[] token = await server.PrepareAsync(cancellationToken);
        await using RawPeer sections = await RawPeer.ConnectAsync(fixture.Path, Purpose.Sections, cancellationToken, token);
        calls.Sections = new SectionPipe(sections.Stream);
        await server.ShareAsync(HostileOwner.Sid, cancellationToken);
        calls.Blocks = SharedBlocks.TryReceive(sections.Stream.Socket);
        await server.ConnectAsync(new WireOwner(HostileOwner.Sid, true, TimeSpan.FromMinutes(1).Ticks, Shares: true), cancellationToken);
        await server.ModeAsync(cancellationToken);
        await server.AffectsMeAsync(cancellationToken);
        await server.ConfirmAsync(0, cancellationToken);
        await server.ProgressAsync();
        IOwnerChannel channel = (await fixture.Gateway.First).Channel;
        for (int i = 0; i < 5; i++)
        {
            await channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, new byte[100]), cancellationToken);
            await channel.InvokeAsync(OwnerCall.KeepAlive(), cancellationToken);
        }

        await server.CloseAsync();
        return Messages(tee);
    }

    // What was written in pieces is put together, and divided where the messages end.
    private static byte[][] Messages(TeeStream tee)
    {
        byte[] all = [.. tee.Written.SelectMany(static b => b)];
        List<byte[]> messages = [];
        for (int at = 0; at + 4 <= all.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(at));
            messages.Add(all[at..(at + 4 + length)]);
            at += 4 + length;
        }

        return [.. messages];
    }

    /// <summary>Takes what the server pushes.</summary>
    private sealed class Ignoring : IBusClient
    {
        public Task ChangesAsync(WireChanges changes) => Task.CompletedTask;

        public Task NewsAsync(long watch) => Task.CompletedTask;
    }
}
