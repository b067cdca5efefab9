using System.Reactive.Concurrency;
using System.Runtime.Versioning;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>An observer on the thread that reads a connection may hang, or end the store: the ends are bounded.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HangingObserverTests
{
    private static readonly SecureId Sid = new(0x20000001);
    private static readonly PropertyName Name = new(Sid.Value, 1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly ObserveOptions AtOnce = new() { Scheduler = ImmediateScheduler.Instance };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_its_own_observer_disposes_and_waits_for_ends()
    {
        await using ServerFixture server = new();
        using PropertyClient publisher = Publisher(server);
        (IpcPropertyStore store, IPropertyClient client) = await ConnectAsync(server);
        using IProperty handle = await client.AttachAsync(Name, Token);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable observation = client.Observe(Name, AtOnce).Subscribe(c =>
        {
            if (c.Value == 2)
            {
                store.DisposeAsync().AsTask().Wait();
                ended.TrySetResult();
            }
        });
        await handle.TrySetAsync(1, Token);
        publisher.TrySet(Name, 2);
        await ended.Task.WaitAsync(Limit, TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_store_whose_observer_hangs_ends_and_so_does_its_server()
    {
        await using ServerFixture server = new();
        using PropertyClient publisher = Publisher(server);
        (IpcPropertyStore store, IPropertyClient client) = await ConnectAsync(server);
        using IProperty handle = await client.AttachAsync(Name, Token);
        using HangingObserver observer = new(static c => c.Value == 2);
        using IDisposable observation = client.Observe(Name, AtOnce).Subscribe(observer);
        await handle.TrySetAsync(1, Token);
        publisher.TrySet(Name, 2);
        await observer.HangsAsync(Token);
        await store.DisposeAsync().AsTask().WaitAsync(Limit, TimeProvider.System, Token);
        await server.Server.DisposeAsync().AsTask().WaitAsync(Limit, TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_server_ends_while_an_observer_of_its_process_hangs_in_the_publish_of_a_client()
    {
        await using ServerFixture server = new(static o => o with { WriteTimeout = TimeSpan.FromSeconds(1) });
        using PropertyClient publisher = Publisher(server);
        (IpcPropertyStore store, IPropertyClient client) = await ConnectAsync(server, TimeSpan.Zero);
        await using IpcPropertyStore lastStore = store;
        await using IPropertyClient lastClient = client;
        using HangingObserver observer = new(static c => c.Value == 2);
        using IDisposable observation = publisher.Observe(Name, AtOnce).Subscribe(observer);
        Task publishing = client.TrySetAsync(Name, 2, Token).AsTask();
        await observer.HangsAsync(Token);
        try
        {
            await server.Server.DisposeAsync().AsTask().WaitAsync(Limit, TimeProvider.System, Token);
        }
        finally
        {
            observer.Dispose();
            await Assert.ThrowsAsync<ConnException>(() => publishing);
        }
    }

    private static PropertyClient Publisher(ServerFixture server)
    {
        PropertyClient publisher = server.Store.Open(Sid);
        publisher.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int));
        return publisher;
    }

    private static async Task<(IpcPropertyStore Store, IPropertyClient Client)> ConnectAsync(ServerFixture server, TimeSpan? reconnectFor = null)
    {
        IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(
            server.Client with { Timeout = TimeSpan.FromSeconds(1), ReconnectFor = reconnectFor ?? Timeout.InfiniteTimeSpan }, Token);
        return (store, await store.OpenAsync(store.MintIdentity(Sid, CapabilitySet.Empty), Token));
    }
}
