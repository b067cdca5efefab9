#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the stream of a property, whatever the delivery: the current value first, then rising revisions.</summary>
public abstract class StreamContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(TypesAndDeliveries))]
    public async Task A_late_observer_receives_the_current_value_before_any_newer_one(PropertyType type, Delivery delivery)
    {
        PropertyName name = await DefinedAsync(type);
        List<Revision> revisions = [await SetAsync(name, ValueOf(type, 1))];
        ChangeRecorder recorder = Observed(name, delivery, out IDisposable subscription);
        await SettleAsync();
        Assert.Equal(["1"], recorder.Lines);
        foreach (int value in new[] { 2, 2 })
        {
            revisions.Add(await SetAsync(name, ValueOf(type, value)));
            await SettleAsync();
        }

        Assert.Equal(["1", "2", "2"], recorder.Lines);
        Assert.All(recorder.Seen, c => Assert.Equal((PropertyChangeKind.Value, type, 0), (c.Kind, c.Type, c.Dropped)));
        Assert.Equal(revisions, recorder.Seen.Select(c => c.Revision));
        Assert.Equal(type == PropertyType.Int ? 2 : null, recorder.Seen[^1].Value);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Only_what_was_published_before_the_observer_subscribed_is_current(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        await SetAsync(name, 1);
        ChangeRecorder before = Observed(name, delivery, out IDisposable first);
        await SettleAsync();
        ChangeRecorder after = Observed(name, delivery, out IDisposable second);
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal([(1, true), (2, false)], before.Seen.Select(c => (c.Value ?? 0, c.IsCurrent)));
        Assert.All(after.Seen, c => Assert.Equal(c.Value == 1, c.IsCurrent));
        Assert.Equal(2, after.Seen[^1].Value);
        first.Dispose();
        second.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_throwing_observer_is_reported_continues_and_affects_no_other(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        int calls = 0;
        var throwing = new ChangeRecorder(_ => throw new InvalidOperationException($"call {++calls}"));
        using IDisposable bad = Stranger.Observe(name, OptionsOf(delivery)).Subscribe(throwing);
        ChangeRecorder good = Observed(name, delivery, out IDisposable subscription);
        await SettleAsync();
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.Equal(["0", "1"], good.Lines);
        Assert.Equal(["call 1", "call 2"], Failures.Select(f => f.Message));
        Assert.Equal(2, Store.ObserverFailures);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Publishing_the_observed_property_does_not_recurse_and_every_observer_ends_at_the_last_value(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        int depth = 0;
        int deepest = 0;
        using IDisposable echo = Owner.Observe(name, OptionsOf(delivery)).Subscribe(new ChangeRecorder(change =>
        {
            deepest = Math.Max(deepest, ++depth);
            if (change.Value is > 0 and < 5000)
            {
                Begin(Owner.TrySetAsync(name, change.Value.Value + 1, Token));
            }

            depth--;
        }));
        ChangeRecorder other = Observed(name, delivery, out IDisposable subscription);
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.Equal(1, deepest);
        Assert.Equal(5000, other.Seen[^1].Value);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Nothing_is_delivered_after_dispose_and_an_observer_may_dispose_itself_and_others(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        IDisposable? disposedByOther = null;
        IDisposable? self = null;
        var own = new ChangeRecorder(change =>
        {
            if (change.Value == 1)
            {
                self!.Dispose();
                disposedByOther!.Dispose();
            }
        });
        self = Stranger.Observe(name, OptionsOf(delivery)).Subscribe(own);
        ChangeRecorder other = Observed(name, delivery, out disposedByOther);
        ChangeRecorder outside = Observed(name, delivery, out IDisposable disposedOutside);
        await SettleAsync();
        await SetAsync(name, 1);
        await SettleAsync();
        await SetAsync(name, 2);
        disposedOutside.Dispose();
        disposedOutside.Dispose();
        int count = outside.Seen.Count;
        await SettleAsync();
        await SetAsync(name, 3);
        await SettleAsync();
        Assert.Equal(["0", "1"], own.Lines);
        Assert.Equal("0", other.Lines.First());
        Assert.DoesNotContain("2", other.Lines);
        Assert.Equal(count, outside.Seen.Count);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
    }

    [Fact]
    public async Task Each_subscription_of_a_stream_is_an_observation_of_its_own()
    {
        PropertyName name = await DefinedAsync();
        IObservable<PropertyChange> stream = Stranger.Observe(name);
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
        var first = new ChangeRecorder();
        var second = new ChangeRecorder();
        IDisposable one = stream.Subscribe(first);
        await SettleAsync();
        await SetAsync(name, 1);
        using IDisposable two = stream.Subscribe(second);
        await SettleAsync();
        one.Dispose();
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal(["0", "1"], first.Lines);
        Assert.Equal(["1", "2"], second.Lines);
    }

    [Theory]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task An_observer_may_have_a_scheduler_of_its_own(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        var scheduler = new HistoricalScheduler();
        ChangeRecorder recorder = Observed(Stranger, name, OptionsOf(delivery) with { Scheduler = scheduler }, out IDisposable subscription);
        await SettleAsync();
        Assert.Empty(recorder.Seen);
        scheduler.Start();
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.Equal(["0"], recorder.Lines);
        scheduler.Start();
        Assert.Equal(["0", "1"], recorder.Lines);
        subscription.Dispose();
    }
}
