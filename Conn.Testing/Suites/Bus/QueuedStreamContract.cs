#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about delivery on a scheduler: the latest element, or a queue that drops the oldest and counts.</summary>
public abstract class QueuedStreamContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_observer_is_not_called_by_the_publisher_and_receives_the_latest_element(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        ChangeRecorder recorder = Observed(name, Delivery.Latest, out IDisposable subscription);
        for (int i = 1; i <= 100; i++)
        {
            await SetAsync(name, ValueOf(type, i));
        }

        Assert.Empty(recorder.Seen);
        await SettleAsync();
        Assert.Equal(["100"], recorder.Lines);
        await SetAsync(name, ValueOf(type, 101));
        await SetAsync(name, ValueOf(type, 102));
        Assert.Equal(["100"], recorder.Lines);
        await SettleAsync();
        Assert.Equal(["100", "102"], recorder.Lines);
        subscription.Dispose();
    }

    [Theory]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task An_observer_that_publishes_its_own_property_again_and_again_leaves_others_their_turn(Delivery delivery)
    {
        const int Last = 2000;
        PropertyName name = await DefinedAsync();
        PropertyName other = await DefinedAsync(PropertyType.Int, 2);
        int reached = 0;
        int reachedBefore = -1;
        using IDisposable busy = Stranger.Observe(name, OptionsOf(delivery)).Subscribe(new ChangeRecorder(change =>
        {
            reached = change.Value!.Value;
            if (!change.IsCurrent && reached < Last)
            {
                Begin(Owner.TrySetAsync(name, reached + 1, Token));
            }
        }));
        using IDisposable patient = Stranger.Observe(other, OptionsOf(delivery)).Subscribe(new ChangeRecorder(change => reachedBefore = reached));
        await SettleAsync();
        await SetAsync(name, 1);
        await SetAsync(other, 1);
        await SettleAsync();
        Assert.Equal(Last, reached);
        Assert.InRange(reachedBefore, 0, Last / 2);
    }

    [Theory]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task Observers_of_a_thousand_properties_that_change_before_their_scheduler_runs_all_receive_the_change(Delivery delivery)
    {
        var recorders = new ChangeRecorder[1000];
        for (int i = 0; i < recorders.Length; i++)
        {
            recorders[i] = Observed(await DefinedAsync(PropertyType.Int, (uint)i), delivery, out _);
        }

        await SettleAsync();
        for (int i = 0; i < recorders.Length; i++)
        {
            await SetAsync(NameOf((uint)i), i + 1);
        }

        Assert.All(recorders, static r => Assert.Equal(["0"], r.Lines));
        await SettleAsync();
        Assert.Equal(Enumerable.Range(1, recorders.Length), recorders.Select(static r => NumberOf(r.Seen[^1])));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_observer_with_a_queue_receives_every_publish_in_order(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        await SetAsync(name, ValueOf(type, 1));
        ChangeRecorder recorder = Observed(Stranger, name, ObserveOptions.Buffered(100), out IDisposable subscription);
        for (int i = 2; i <= 100; i++)
        {
            await SetAsync(name, ValueOf(type, i));
        }

        await DeleteAsync(name);
        Assert.Empty(recorder.Seen);
        await SettleAsync();
        Assert.Equal([.. Enumerable.Range(1, 100).Select(i => $"{i}"), "Deleted"], recorder.Lines);
        Assert.All(recorder.Seen, c => Assert.Equal(0, c.Dropped));
        subscription.Dispose();
    }

    [Fact]
    public async Task A_full_queue_drops_the_oldest_counts_them_and_never_drops_the_last()
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder small = Observed(Stranger, name, ObserveOptions.Buffered(3), out IDisposable one);
        ChangeRecorder large = Observed(Stranger, name, ObserveOptions.Buffered(8), out IDisposable two);
        for (int i = 1; i <= 10; i++)
        {
            await SetAsync(name, i);
        }

        await SettleAsync();
        Assert.Equal(["0", "8", "9", "10"], small.Lines);
        Assert.Equal([0, 7, 0, 0], small.Seen.Select(c => c.Dropped));
        Assert.Equal(["0", "3", "4", "5", "6", "7", "8", "9", "10"], large.Lines);
        Assert.Equal([0, 2, 0, 0, 0, 0, 0, 0, 0], large.Seen.Select(c => c.Dropped));
        Assert.Equal([7L, 2L], (await Store.ListSubscriptionsAsync(Token)).Select(s => s.Dropped).OrderDescending());
        one.Dispose();
        two.Dispose();
    }

    [Fact]
    public async Task A_filtered_queue_has_room_for_wanted_elements_only()
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder distinct = Observed(Stranger, name, ObserveOptions.Buffered(2) with { Distinct = true }, out IDisposable one);
        var field = new ChangeRecorder();
        using IDisposable two = Stranger.ObserveField(name, 0x100, ObserveOptions.Buffered(2)).Subscribe(field);
        foreach (int value in new[] { 1, 1, 1, 0x100, 0x101, 0x102, 1, 2 })
        {
            await SetAsync(name, value);
        }

        await SettleAsync();
        Assert.Equal(["0", "1", "2"], distinct.Lines);
        Assert.Equal([0, 4, 0], distinct.Seen.Select(c => c.Dropped));
        Assert.Equal(["0", $"{0x100}", "1"], field.Lines);
        Assert.All(field.Seen, c => Assert.Equal(0, c.Dropped));
        one.Dispose();
    }

    [Fact]
    public async Task Queues_of_different_sizes_begin_at_different_moments_and_each_is_complete()
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder[] recorders = new ChangeRecorder[4];
        IDisposable[] subscriptions = new IDisposable[4];
        int published = 0;
        for (int i = 0; i < recorders.Length; i++)
        {
            recorders[i] = Observed(Stranger, name, ObserveOptions.Buffered(40 * (i + 1)), out subscriptions[i]);
            for (int k = 0; k < 10; k++)
            {
                await SetAsync(name, ++published);
            }
        }

        subscriptions[1].Dispose();
        await SettleAsync();
        Assert.Empty(recorders[1].Seen);
        foreach (int i in new[] { 0, 2, 3 })
        {
            Assert.Equal(Enumerable.Range(10 * i, published + 1 - (10 * i)).Select(n => $"{n}"), recorders[i].Lines);
            subscriptions[i].Dispose();
        }
    }
}
