#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void An_observer_with_a_queue_sees_every_publish_in_order(PropertyType type)
    {
        PropertyName name = Defined(type);
        Publish(Owner, name, type, 1);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Owner.Observe(name, new ObserveOptions { Buffer = 200 }).Subscribe(new Recorder(seen));
        for (int i = 2; i <= 100; i++)
        {
            Publish(Owner, name, type, i);
        }

        Assert.Empty(seen);
        Owner.Delete(name);
        Scheduler.Start();
        Assert.Equal(Enumerable.Range(1, 100), seen.SkipLast(1).Select(NumberOf));
        Assert.Equal(PropertyChangeKind.Deleted, seen[^1].Kind);
        Assert.Equal(seen.Select(c => c.Stamp.Value).Distinct().Order(), seen.Select(c => c.Stamp.Value));
        Assert.All(seen, c => Assert.Equal(0, c.Dropped));
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_says_how_many_and_never_the_last()
    {
        PropertyName name = Defined(PropertyType.Int);
        var small = new List<PropertyChange>();
        var large = new List<PropertyChange>();
        using IDisposable one = Owner.Observe(name, new ObserveOptions { Buffer = 3 }).Subscribe(new Recorder(small));
        using IDisposable two = Owner.Observe(name, new ObserveOptions { Buffer = 8 }).Subscribe(new Recorder(large));
        for (int i = 1; i <= 10; i++)
        {
            Owner.Set(name, i);
        }

        Scheduler.Start();
        Assert.Equal([0, 8, 9, 10], small.Select(c => c.Value));
        Assert.Equal([0, 7, 0, 0], small.Select(c => c.Dropped));
        Assert.Equal([0, 3, 4, 5, 6, 7, 8, 9, 10], large.Select(c => c.Value));
        Assert.Equal(2, large[1].Dropped);
        Assert.Equal([7L, 2L], Store.Subscriptions().Select(s => s.Dropped).OrderDescending());
    }

    [Theory]
    [InlineData(Delivery.Queued, 0)]
    [InlineData(Delivery.Queued, 4)]
    [InlineData(Delivery.Inline, 0)]
    public void The_first_element_is_marked_as_current(Delivery delivery, int buffer)
    {
        PropertyName name = Defined(PropertyType.Int);
        Owner.Set(name, 1);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Owner.Observe(name, new ObserveOptions { Delivery = delivery, Buffer = buffer }).Subscribe(new Recorder(seen));
        Scheduler.Start();
        Owner.Set(name, 2);
        Scheduler.Start();
        Assert.Equal([(1, true), (2, false)], seen.Select(c => (c.Value, c.IsCurrent)));
    }

    [Theory]
    [InlineData(PropertyType.Int, Delivery.Queued)]
    [InlineData(PropertyType.ByteArray, Delivery.Queued)]
    [InlineData(PropertyType.Int, Delivery.Inline)]
    [InlineData(PropertyType.LargeByteArray, Delivery.Inline)]
    public void A_distinct_observer_is_not_told_the_same_value_again(PropertyType type, Delivery delivery)
    {
        PropertyName name = Defined(type);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Owner.Observe(name, new ObserveOptions { Delivery = delivery, Distinct = true }).Subscribe(new Recorder(seen));
        foreach (int value in new[] { 1, 1, 2, 2, 1 })
        {
            Scheduler.Start();
            Publish(Owner, name, type, value);
        }

        Scheduler.Start();
        Owner.Delete(name);
        Scheduler.Start();
        Defined(type);
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        Assert.Equal([0, 1, 2, 1, 0, 1], seen.Select(NumberOf));
    }

    [Theory]
    [InlineData(Delivery.Queued, 0)]
    [InlineData(Delivery.Queued, 8)]
    [InlineData(Delivery.Inline, 0)]
    public void An_observer_may_ask_not_to_hear_its_own_publishes(Delivery delivery, int buffer)
    {
        PropertyName name = Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        IPropertyClient other = Store.Open(Owner.Identity);
        using IProperty handle = Owner.Attach(name);
        using IDisposable subscription = Owner.Observe(name, new ObserveOptions { Delivery = delivery, Buffer = buffer, SkipOwn = true })
            .Subscribe(new Recorder(seen));
        Scheduler.Start();
        Action[] steps = [() => Owner.Set(name, 1), () => other.Set(name, 2), () => handle.Set(3), () => Stranger.Set(name, 4), () => Owner.Delete(name)];
        foreach (Action step in steps)
        {
            step();
            Scheduler.Start();
        }

        Assert.Equal([0, 2, 4], seen.Select(c => c.Value));
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void Nothing_is_told_after_dispose_and_an_observer_may_dispose_another(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        var own = new List<PropertyChange>();
        IDisposable? other = null;
        using IDisposable self = Owner.Observe(name, new ObserveOptions { Delivery = delivery })
            .Subscribe(new Recorder([]) { Then = c => { if (c.Value == 2) { other!.Dispose(); } } });
        other = Observe(name, delivery, own);
        Scheduler.Start();
        Owner.Set(name, 1);
        Scheduler.Start();
        Owner.Set(name, 2);
        Scheduler.Start();
        Owner.Set(name, 3);
        Scheduler.Start();
        Assert.Equal([0, 1], own.Select(NumberOf));
    }

    [Fact]
    public void Who_has_left_is_not_among_the_subscriptions_though_others_stay()
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        IDisposable first = Owner.Observe(a).Subscribe(new Recorder([]));
        using IDisposable second = Stranger.Observe(a).Subscribe(new Recorder([]));
        Assert.Equal(2, Store.Subscriptions().Count);

        first.Dispose();

        Assert.Equal(new SecureId(0x20000002), Assert.Single(Store.Subscriptions()).Subscriber);
    }

    [Fact]
    public void Presence_tells_who_waits_observes_and_watches()
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        PropertyName b = NameOf(2);
        Assert.False(Stranger.HasSubscribers(a));
        using IProperty handle = Stranger.Attach(b);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync();
        IDisposable latest = Owner.Observe(a).Subscribe(new Recorder([]));
        using IDisposable inline = Stranger.Observe(a, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(new Recorder([]));
        using IDisposable watch = Stranger.Watch(OwnerSid).Subscribe(new WatchLog());
        Owner.Set(a, 1);
        Scheduler.Start();
        var stranger = new SecureId(0x20000002);
        Assert.Equal(
            [
                new SubscriptionInfo(SubscriptionKind.Latest, a, null, new SecureId(OwnerSid), Store.Revision, 0),
                new SubscriptionInfo(SubscriptionKind.Inline, a, null, stranger, Store.Revision, 0),
                new SubscriptionInfo(SubscriptionKind.OneShot, b, null, stranger, Stamp.Never, 0),
                new SubscriptionInfo(SubscriptionKind.Watch, null, OwnerSid, stranger, Store.Revision, 0),
            ],
            Store.Subscriptions().OrderBy(s => s.Name is null).ThenBy(s => s.Name?.Key).ThenBy(s => s.Kind));
        Assert.True(Owner.HasSubscribers(a) && Owner.HasSubscribers(b));
        handle.Cancel();
        latest.Dispose();
        inline.Dispose();
        Assert.False(Owner.HasSubscribers(a) || Owner.HasSubscribers(b));
        Assert.True(pending.IsCompleted);
        Assert.Single(Store.Subscriptions());
    }
}
