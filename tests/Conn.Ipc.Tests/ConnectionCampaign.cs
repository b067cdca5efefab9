using System.Globalization;
using System.Runtime.Versioning;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Many connects and disconnects, of every kind, leave nothing behind. CONN_CONNECTS says how many.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ConnectionCampaign
{
    private const int Warm = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Ten_thousand_connects_and_disconnects_leak_nothing()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("CONN_CONNECTS") ?? "10000", CultureInfo.InvariantCulture);
        await using Arena arena = await Arena.StartAsync(Token);
        Footprint before = default;
        for (int i = 0; i < Warm + count; i++)
        {
            if (i == Warm)
            {
                await arena.IsAloneAsync(Token);
                before = Footprint.Now();
            }

            await ConnectAsync(arena, i);
        }

        await arena.IsAloneAsync(Token);
        Footprint after = Footprint.Now();
        Console.WriteLine($"{count} connects: {before.Bytes} bytes, {before.Descriptors} descriptors before; {after.Bytes}, {after.Descriptors} after");
        before.IsNotExceededBy(after);
    }

    private static async Task ConnectAsync(Arena arena, int number)
    {
        switch (number % 4)
        {
            case 0:
                await using (RawPeer abrupt = await arena.ConnectAsync(Purpose.Bus, Token))
                {
                    await abrupt.WriteAsync(RawPeer.Request(1, "OpenAsync", 0x20000001u, 0u, 0u), Token);
                }

                break;
            case 1:
                await using (RawPeer owner = await arena.ConnectAsync(Purpose.Owner, Token))
                {
                    byte[] token = (await owner.CallAsync(nameof(IOwnerServer.PrepareAsync), Token)).As<byte[]>();
                    await using RawPeer sections = await arena.ConnectAsync(Purpose.Sections, Token, token);
                }

                break;
            case 2:
                await Assert.ThrowsAsync<ConnException>(async () => await new IpcOwnerTransport(arena.Fixture.Client)
                    .ConnectAsync(new OwnerConnection(SecureId.Engine, new ChannelStub()), Token));
                break;
            default:
                await using (IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(arena.Fixture.Client, Token))
                {
                    IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), Token);
                    using IProperty handle = await client.AttachAsync(new PropertyName(0x20000001, (uint)number % 50), Token);
                }

                break;
        }
    }
}
