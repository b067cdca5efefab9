#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int, Delivery.Queued)]
    [InlineData(PropertyType.ByteArray, Delivery.Queued)]
    [InlineData(PropertyType.LargeByteArray, Delivery.Queued)]
    [InlineData(PropertyType.Int, Delivery.Inline)]
    [InlineData(PropertyType.ByteArray, Delivery.Inline)]
    [InlineData(PropertyType.LargeByteArray, Delivery.Inline)]
    public void A_late_observer_sees_the_current_value_before_any_newer_one(PropertyType type, Delivery delivery)
    {
        PropertyName name = Defined(type);
        Publish(Owner, name, type, 1);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Observe(name, delivery, seen);
        Scheduler.Start();
        Publish(Owner, name, type, 2);
        Scheduler.Start();
        Publish(Owner, name, type, 2);
        Scheduler.Start();
        Assert.Equal([1, 2, 2], seen.Select(NumberOf));
        Assert.All(seen, c => Assert.Equal((PropertyChangeKind.Value, type), (c.Kind, c.Type)));
        Assert.Equal(seen.Select(c => c.Stamp.Value).Distinct().Order(), seen.Select(c => c.Stamp.Value));
        Assert.Equal(Store.Revision, seen[^1].Stamp);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void A_delete_is_told_and_the_stream_goes_on(Delivery delivery)
    {
        PropertyName name = NameOf(1);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Observe(name, delivery, seen);
        Scheduler.Start();
        Defined(PropertyType.Int);
        Scheduler.Start();
        Owner.Set(name, 5);
        Scheduler.Start();
        Owner.Delete(name);
        Scheduler.Start();
        Defined(PropertyType.ByteArray);
        Scheduler.Start();
        Owner.Set(name, [7]);
        Scheduler.Start();
        Assert.Equal(
            [PropertyChangeKind.Undefined, PropertyChangeKind.Value, PropertyChangeKind.Deleted, PropertyChangeKind.Value], seen.Select(c => c.Kind));
        Assert.Equal([0L, 1L, 2L, 3L], seen.Select(c => c.Stamp.Value));
        Assert.Equal(7, seen[^1].Bytes.Span[0]);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void What_happened_before_the_first_element_is_never_told_after_it(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty keepsTheName = Owner.Attach(name);
        Owner.Set(name, 1);
        Owner.Delete(name);
        Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Observe(name, delivery, seen);
        using IDisposable other = Observe(name, delivery, []);
        Scheduler.Start();
        Assert.Equal((PropertyChangeKind.Value, 0, Stamp.Never), (seen.Single().Kind, seen.Single().Value, seen.Single().Stamp));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_queued_observer_is_not_called_by_the_publisher_and_sees_the_latest(PropertyType type)
    {
        PropertyName name = Defined(type);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Observe(name, Delivery.Queued, seen);
        for (int i = 1; i <= 100; i++)
        {
            Publish(Owner, name, type, i);
        }

        Assert.Empty(seen);
        Scheduler.Start();
        Assert.Equal([100], seen.Select(NumberOf));
        Publish(Owner, name, type, 101);
        Publish(Owner, name, type, 102);
        Scheduler.Start();
        Assert.Equal([100, 102], seen.Select(NumberOf));
    }

    [Fact]
    public void An_observer_may_have_a_scheduler_of_its_own()
    {
        PropertyName name = Defined(PropertyType.Int);
        var scheduler = new System.Reactive.Concurrency.HistoricalScheduler();
        var seen = new List<PropertyChange>();
        using IDisposable own = Owner.Observe(name, new ObserveOptions { Scheduler = scheduler }).Subscribe(new Recorder(seen));
        Owner.Set(name, 1);
        Scheduler.Start();
        Assert.Empty(seen);
        scheduler.Start();
        Assert.Equal([1], seen.Select(NumberOf));
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void A_refused_observer_gets_PermissionDenied_now_or_once_defined(Delivery delivery)
    {
        PropertyName name = NameOf(1);
        var early = new Recorder([]);
        using IDisposable first = Stranger.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(early);
        Scheduler.Start();
        Assert.Null(early.Error);
        Owner.Define(name, PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), SecurityPolicy.AlwaysPass);
        Scheduler.Start();
        Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(early.Error).Code);
        var late = new Recorder([]);
        using IDisposable second = Stranger.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(late);
        Scheduler.Start();
        Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(late.Error).Code);
        Owner.Set(name, 1);
        Scheduler.Start();
        Assert.Equal([PropertyChangeKind.Undefined], early.Seen.Select(c => c.Kind));
        Assert.Empty(late.Seen);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void Disposing_the_store_completes_streams(Delivery delivery)
    {
        var recorder = new Recorder([]);
        using IDisposable subscription = Owner.Observe(Defined(PropertyType.Int), new ObserveOptions { Delivery = delivery }).Subscribe(recorder);
        Scheduler.Start();
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(1, recorder.Completions);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void A_throwing_observer_hurts_nobody_is_reported_and_goes_on(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        int calls = 0;
        using IDisposable bad = Owner.Observe(name, new ObserveOptions { Delivery = delivery })
            .Subscribe(new Recorder([]) { Then = _ => throw new InvalidOperationException($"call {++calls}") });
        using IDisposable good = Observe(name, delivery, seen);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, Owner.Set(name, 1));
        Scheduler.Start();
        Assert.Equal([0, 1], seen.Select(NumberOf));
        Assert.Equal(["call 1", "call 2"], Failures.Select(f => f.Message));
        Assert.Equal(2, Store.ObserverFailures);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void Publishing_from_an_observer_does_not_recurse_and_every_observer_ends_at_the_last_value(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        int depth = 0;
        int deepest = 0;
        using IDisposable echo = Owner.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(new Recorder([])
        {
            Then = change =>
            {
                deepest = Math.Max(deepest, ++depth);
                if (change.Value is > 0 and < 5000)
                {
                    Owner.Set(name, change.Value + 1);
                }

                depth--;
            },
        });
        using IDisposable other = Observe(name, delivery, seen);
        Owner.Set(name, 1);
        Scheduler.Start();
        Assert.Equal(1, deepest);
        Assert.Equal(5000, seen[^1].Value);
        Assert.Equal(seen.Select(c => c.Stamp.Value).Distinct().Order(), seen.Select(c => c.Stamp.Value));
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void Nothing_is_told_after_dispose_and_an_observer_may_dispose_itself(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        var own = new List<PropertyChange>();
        IDisposable? self = null;
        self = Owner.Observe(name, new ObserveOptions { Delivery = delivery })
            .Subscribe(new Recorder(own) { Then = c => { if (c.Value == 1) { self!.Dispose(); } } });
        IDisposable subscription = Observe(name, delivery, seen);
        Scheduler.Start();
        Owner.Set(name, 1);
        Scheduler.Start();
        Owner.Set(name, 2);
        subscription.Dispose();
        int count = seen.Count;
        Scheduler.Start();
        Owner.Set(name, 3);
        Scheduler.Start();
        Assert.Equal([0, 1], own.Select(NumberOf));
        Assert.Equal(count, seen.Count);
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void A_field_speaks_only_when_its_bits_change(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        var seen = new List<PropertyChange>();
        using IDisposable subscription = Owner.ObserveField(name, BurMode.PartTypeMask, new ObserveOptions { Delivery = delivery }).Subscribe(new Recorder(seen));
        foreach (int value in new[] { 0x000, 0x102, 0x202, 0x302, 0x104, 0x104 })
        {
            Scheduler.Start();
            Owner.Set(name, value);
        }

        Scheduler.Start();
        Owner.Delete(name);
        Scheduler.Start();
        Assert.Equal([0x000, 0x102, 0x104, 0], seen.Select(NumberOf));
        Assert.Equal(PropertyChangeKind.Deleted, seen[^1].Kind);
    }

    private IDisposable Observe(PropertyName name, Delivery delivery, List<PropertyChange> seen) =>
        Owner.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(new Recorder(seen));

    private sealed class Recorder(List<PropertyChange> seen) : IObserver<PropertyChange>
    {
        public List<PropertyChange> Seen => seen;

        public Action<PropertyChange>? Then { get; init; }

        public Exception? Error { get; private set; }

        public int Completions { get; private set; }

        public void OnCompleted() => Completions++;

        public void OnError(Exception error) => Error = error;

        public void OnNext(PropertyChange value)
        {
            seen.Add(value);
            Then?.Invoke(value);
        }
    }
}
