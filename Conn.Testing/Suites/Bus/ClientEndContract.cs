#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the end of a client: its handles are closed, and what it defined for its own life is deleted.</summary>
public abstract class ClientEndContract : RacingSuite
{
    private static PropertyDefinition OfClient => Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Client };

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task What_lasts_as_long_as_a_client_is_deleted_with_it_and_nothing_else_is(Delivery delivery)
    {
        IPropertyClient client = await OpenAsync(OwnerSid);
        IPropertyClient twin = await Store.OpenAsync(client.Identity, Token);
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(1), OfClient, Token));
        Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(2), Open(PropertyType.Int), Token));
        Assert.Equal(ErrorCode.Success, await twin.TryDefineAsync(NameOf(3), OfClient, Token));
        Revision last = (await client.TrySetAsync(NameOf(1), 7, Token)).Revision;
        ChangeRecorder recorder = Observed(NameOf(1), delivery, out IDisposable observer);
        var watch = new EventRecorder(RankOf);
        using IDisposable watching = Stranger.Watch(OwnerSid).Subscribe(watch);
        using IProperty handle = await Stranger.AttachAsync(NameOf(1), Token);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync(Token);
        await SettleAsync();
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.True(Store.Revision > last);
        await SettleAsync();
        Assert.Equal(["7", "Deleted"], recorder.Lines);
        Assert.Equal((PropertyChangeKind.Deleted, Store.Revision), (watch.Events[^1].Change.Kind, recorder.Seen[^1].Revision));
        Assert.Equal(ErrorCode.NotFound, await Outcome(pending));
        AssertRefused(ErrorCode.NotFound, handle);
        Assert.Equal([NameOf(2), NameOf(3)], (await Owner.ListAsync(null, Token)).Select(p => p.Name));
        Assert.Equal(ErrorCode.Success, (await twin.TrySetAsync(NameOf(2), 1, Token)).Code);
        Assert.Equal(ErrorCode.Success, await twin.TryDefineAsync(NameOf(1), OfClient, Token));
        observer.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_client_that_has_much_ends_with_all_of_it(Delivery delivery)
    {
        IPropertyClient client = await OpenAsync(OwnerSid);
        var ended = new List<ChangeRecorder>();
        var kept = new List<ChangeRecorder>();
        var pending = new List<Task<ErrorCode>>();
        for (uint key = 0; key < 100; key++)
        {
            Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(key), OfClient, Token));
            ended.Add(Observed(client, NameOf(key), OptionsOf(delivery), out _));
            kept.Add(Observed(NameOf(key), delivery, out _));
            pending.Add((await client.AttachAsync(NameOf(key), Token)).SubscribeAsync(Token).AsTask());
        }

        await SettleAsync();
        await client.DisposeAsync();
        await SettleAsync();
        Assert.All(ended, static r => Assert.Equal(1, r.Completions));
        Assert.All(kept, static r => Assert.Equal(["0", "Deleted"], r.Lines));
        foreach (Task<ErrorCode> subscription in pending)
        {
            Assert.True(subscription.IsCompleted);
            Assert.Equal(ErrorCode.Cancel, await subscription);
        }

        Assert.Empty(await Owner.ListAsync(null, Token));
        Assert.Equal(kept.Count, (await Store.ListSubscriptionsAsync(Token)).Count);
    }

    [Fact]
    public async Task A_disposed_client_refuses_every_call_and_its_handles_are_closed()
    {
        PropertyName name = await DefinedAsync();
        IProperty handle = await Stranger.AttachAsync(name, Token);
        IProperty waiting = await Stranger.AttachAsync(name, Token);
        ValueTask<ErrorCode> pending = waiting.SubscribeAsync(Token);
        await Stranger.DisposeAsync();
        await SettleAsync();
        Assert.Equal(ErrorCode.Cancel, await Outcome(pending));
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
        Assert.Throws<ObjectDisposedException>(() => handle.TryGet(out int _, out Revision _));
        Assert.Throws<ObjectDisposedException>(() => handle.TryGet([], out int _, out Revision _));
        Assert.Throws<ObjectDisposedException>(handle.Cancel);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handle.TrySetAsync(1, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handle.SubscribeAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TryReadAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TrySetAsync(name, 1, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TryCompareAndSetAsync(name, 1, Revision.None, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TryPublishAsync(new PropertyBatch().Set(name, 1), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TryDefineAsync(new(StrangerSid, 1), Open(PropertyType.Int), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.TryDeleteAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.AttachAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.ListAsync(null, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stranger.HasSubscribersAsync(name, Token));
        handle.Dispose();
        waiting.Dispose();
        Assert.Equal(new(StrangerSid), Stranger.Identity.SecureId);
    }

    [Fact]
    public async Task An_observer_of_a_disposed_client_does_not_receive_what_it_deletes()
    {
        // Its definition is deleted with it; its own stream ends, whichever comes first.
        IPropertyClient client = await OpenAsync(OwnerSid);
        await client.TryDefineAsync(NameOf(1), OfClient, Token);
        ChangeRecorder recorder = Observed(client, NameOf(1), new ObserveOptions(), out IDisposable subscription);
        await SettleAsync();
        await client.DisposeAsync();
        await SettleAsync();
        Assert.Equal((1, null), (recorder.Completions, recorder.Error));
        Assert.Equal("0", recorder.Lines.First());
        subscription.Dispose();
    }

    [Fact(Timeout = 60000)]
    public async Task What_a_client_defines_while_it_is_disposed_does_not_outlive_it()
    {
        await OpenPooledAsync();
        int clients = Math.Min(3000, 2 * Rounds);
        using var together = new Barrier(2);
        IPropertyClient client = await Pooled.OpenAsync(Racer.Identity, Token);
        Task definer = Run(async () =>
        {
            for (int i = 0; i < clients; i++)
            {
                together.SignalAndWait(Token);
                IPropertyClient mine = client;
                try
                {
                    for (uint key = 0; key < 4; key++)
                    {
                        await mine.TryDefineAsync(NameOf(key), OfClient, Token);
                    }
                }
                catch (ObjectDisposedException exception)
                {
                    Assert.NotNull(exception.ObjectName);
                }

                together.SignalAndWait(Token);
            }
        });
        await Run(async () =>
        {
            for (int i = 0; i < clients; i++)
            {
                together.SignalAndWait(Token);
                for (int delay = 0; delay < i % 29; delay++)
                {
                    await client.HasSubscribersAsync(NameOf(9), Token);
                }

                await client.DisposeAsync();
                together.SignalAndWait(Token);
                Assert.Empty(await Racer.ListAsync(null, Token));
                client = await Pooled.OpenAsync(Racer.Identity, Token);
            }
        });
        await definer;
    }
}
