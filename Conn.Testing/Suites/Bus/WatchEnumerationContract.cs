#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about watches for <c>await foreach</c>.</summary>
public abstract class WatchEnumerationContract : PropertyStoreSuite
{
    [Fact(Timeout = 30000)]
    public async Task An_enumeration_of_a_watch_has_the_same_elements_and_ends_with_the_store()
    {
        PropertyName name = await DefinedAsync();
        await SetAsync(name, 1);
        var lines = new EventRecorder(RankOf);
        await using IAsyncEnumerator<PropertyEvent> watch = Stranger.WatchAsync(OwnerSid).GetAsyncEnumerator(Token);
        await SetAsync(name, 2);
        await TakeAsync(2);
        await SetAsync(name, 3);
        await SetAsync(name, 4);
        await SettleAsync();
        await TakeAsync(2);
        Assert.Equal(["1=2@2", "caught up@2", "1=3@3", "1=4@4"], lines.Lines);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.False(await watch.MoveNextAsync());

        async Task TakeAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(await watch.MoveNextAsync());
                lines.OnNext(watch.Current);
            }
        }
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_of_a_watch_ends_by_its_token_and_with_its_client()
    {
        await DefinedAsync();
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<PropertyEvent> cancelled = Stranger.WatchAsync(cancellationToken: source.Token).GetAsyncEnumerator(Token);
        await using IAsyncEnumerator<PropertyEvent> ended = Stranger.WatchAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        foreach (IAsyncEnumerator<PropertyEvent> watch in new[] { cancelled, ended })
        {
            Assert.True(await watch.MoveNextAsync() && await watch.MoveNextAsync());
            Assert.Equal(PropertyEventKind.CaughtUp, watch.Current.Kind);
        }

        await SettleAsync();
        Task<bool> waiting = cancelled.MoveNextAsync().AsTask();
        Task<bool> last = ended.MoveNextAsync().AsTask();
        Assert.False(waiting.IsCompleted || last.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Stranger.DisposeAsync();
        await SettleAsync();
        Assert.False(await last);
        Assert.DoesNotContain(await Store.ListSubscriptionsAsync(Token), s => s.Kind == SubscriptionKind.Watch);
    }
}
