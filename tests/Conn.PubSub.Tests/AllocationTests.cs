using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class AllocationTests
{
    private const int Operations = 10000;
    private static readonly PropertyName Name = new(1, 1);

    [Fact]
    public void Integers_are_read_and_published_by_handle_and_name_without_an_allocation()
    {
        using var store = new PropertyStore();
        PropertyClient client = Defined(store, PropertyType.Int);
        using Property handle = client.Attach(Name);
        AssertNoAllocation(i =>
        {
            handle.TrySet(i);
            handle.TryGet(out int _, out _);
            client.TrySet(Name, i);
            client.TryGet(Name, out int _);
        });
    }

    [Fact]
    public void Bytes_are_read_and_published_without_an_allocation_once_the_value_has_grown()
    {
        using var store = new PropertyStore();
        PropertyClient client = Defined(store, PropertyType.ByteArray);
        using Property handle = client.Attach(Name);
        byte[] buffer = new byte[512];
        handle.TrySet(buffer);
        AssertNoAllocation(i =>
        {
            handle.TrySet(buffer.AsSpan(0, i % 512));
            handle.TryGet(buffer, out _, out _);
        });
    }

    [Theory]
    [InlineData(Delivery.Inline)]
    [InlineData(Delivery.Latest)]
    public void An_observed_integer_is_published_without_an_allocation(Delivery delivery)
    {
        using var store = new PropertyStore();
        PropertyClient client = Defined(store, PropertyType.Int);
        using Property handle = client.Attach(Name);
        var counters = new Counter[8];
        foreach (ref Counter counter in counters.AsSpan())
        {
            counter = new Counter();
            client.Observe(Name, new ObserveOptions { Delivery = delivery }).Subscribe(counter);
        }

        // The pool's own queue grows now and then; that is not per publish.
        AssertNoAllocation(i => handle.TrySet(i), delivery == Delivery.Latest ? Operations : 0);
        Assert.True(delivery == Delivery.Latest || counters.All(c => c.Count >= Operations));
    }

    [Fact]
    public void A_subscription_is_made_and_ended_without_an_allocation()
    {
        using var store = new PropertyStore();
        using Property handle = Defined(store, PropertyType.Int).Attach(Name);
        AssertNoAllocation(_ =>
        {
            ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
            handle.Cancel();
            subscription.GetAwaiter().GetResult();
        });
    }

    /// <summary>With an array for each who comes or goes, the last of these thousands would cost 80 KiB.</summary>
    [Fact]
    public void The_ten_thousandth_observer_comes_and_goes_at_the_price_of_the_first()
    {
        using var store = new PropertyStore();
        PropertyClient client = Defined(store, PropertyType.Int);
        var observers = new IDisposable[Operations + 200];
        Subscribe(0, 200);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Subscribe(200, Operations);
        Array.ForEach(observers, static o => o.Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Operations * 1024L);

        void Subscribe(int from, int count)
        {
            for (int i = from; i < from + count; i++)
            {
                observers[i] = client.Observe(Name, new ObserveOptions()).Subscribe(new Counter());
            }
        }
    }

    private static PropertyClient Defined(PropertyStore store, PropertyType type)
    {
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        Assert.Equal(ErrorCode.Success, client.TryDefine(Name, PropertyDefinition.Open(type)));
        return client;
    }

    private static void AssertNoAllocation(Action<int> operation, long allowedBytes = 0)
    {
        for (int i = 0; i < 200; i++)
        {
            operation(i);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Operations; i++)
        {
            operation(i);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, allowedBytes);
    }

    private sealed class Counter : IObserver<PropertyChange>
    {
        public int Count { get; private set; }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value) => Count++;
    }
}
