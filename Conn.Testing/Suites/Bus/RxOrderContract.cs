using System.Reactive.Linq;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What Rx operators deliver on a store, and in which order, with one thread and in virtual time. Each kind of store derives the suite.</summary>
public abstract class RxOrderContract
{
    private static readonly PropertyName A = new(0x20000001, 1);
    private static readonly PropertyName B = new(0x20000001, 2);

    /// <summary>Gets the deliveries.</summary>
    public static TheoryData<Delivery> Deliveries => [.. Enum.GetValues<Delivery>()];

    /// <summary>CombineLatest has an element for each publish of either property, after both have one.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void CombineLatest_follows_each_publish(Delivery delivery) => Run(delivery, (a, b) => a.CombineLatest(b, static (x, y) => $"{x}{y}"),
        ["00", "10", "11", "21"], (A, 1), (B, 1), (A, 2));

    /// <summary>Zip pairs the elements in order.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void Zip_pairs_in_order(Delivery delivery) => Run(delivery, (a, b) => a.Zip(b, static (x, y) => $"{x}{y}"),
        ["00", "17", "28"], (A, 1), (A, 2), (B, 7), (B, 8));

    /// <summary>Merge keeps the order of publishing.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void Merge_keeps_the_order_of_publishing(Delivery delivery) => Run(delivery, static (a, b) => a.Merge(b).Select(static v => $"{v}"),
        ["0", "0", "1", "5", "2", "6"], (A, 1), (B, 5), (A, 2), (B, 6));

    /// <summary>Switch follows the property that was chosen last.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void Switch_follows_the_last_choice(Delivery delivery) => Run(delivery, static (a, b) => a.Select(v => b.Select(w => $"{v}{w}")).Switch(),
        ["00", "03", "13", "14"], (B, 3), (A, 1), (B, 4));

    /// <summary>Take ends the subscription inside the call, and nothing follows.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void Take_ends_inside_the_call(Delivery delivery) => Run(delivery, static (a, b) => a.Merge(b).Take(3).Select(static v => $"{v}").Concat(Observable.Return("end")),
        ["0", "0", "1", "end"], (A, 1), (B, 5), (A, 2));

    /// <summary>Throttle delivers the last value of a burst, after the time; Sample delivers the value at each tick.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void Throttle_and_Sample_use_the_scheduler_of_the_test(Delivery delivery) => VirtualTime.Run(async time =>
    {
        await using Bus bus = await Bus.OpenAsync(CreateStore(new PropertyStoreOptions { Scheduler = time.Scheduler }));
        List<string> seen = [];
        IObservable<int> values = bus.Values(A, delivery);
        using IDisposable throttled = values.Throttle(TimeSpan.FromSeconds(2), time.Scheduler).Subscribe(v => seen.Add($"{time.Elapsed.TotalSeconds:0} throttled {v}"));
        using IDisposable sampled = values.Sample(TimeSpan.FromSeconds(5), time.Scheduler).Subscribe(v => seen.Add($"{time.Elapsed.TotalSeconds:0} sampled {v}"));
        for (int value = 1; value <= 3; value++)
        {
            await bus.Client.SetAsync(A, value);
            await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        }

        await time.DelayAsync(TimeSpan.FromSeconds(4), CancellationToken.None);

        Assert.Equal(["4 throttled 3", "5 sampled 3"], seen);
    });

    /// <summary>An enumeration runs in virtual time.</summary>
    [Fact]
    public void An_enumeration_runs_in_virtual_time() => VirtualTime.Run(async time =>
    {
        await using Bus bus = await Bus.OpenAsync(CreateStore(new PropertyStoreOptions { Scheduler = time.Scheduler }));
        List<int> seen = [];
        await foreach (PropertyChange change in bus.Client.ObserveAsync(A))
        {
            seen.Add(change.Value ?? -1);
            if (change.Value == 2)
            {
                break;
            }

            await bus.Client.SetAsync(A, seen.Count);
        }

        Assert.Equal([0, 1, 2], seen);
        Assert.Equal(TimeSpan.Zero, TimeSpan.FromSeconds(Math.Floor(time.Elapsed.TotalSeconds)));
    });

    /// <summary>A lambda that throws ends its own pipeline only; the exception is counted, and an observer that is subscribed directly continues.</summary>
    /// <param name="delivery">How the store calls the pipeline.</param>
    [Theory]
    [MemberData(nameof(Deliveries), MemberType = typeof(RxOrderContract))]
    public void A_lambda_that_throws_ends_its_own_pipeline_only(Delivery delivery) => VirtualTime.Run(async time =>
    {
        IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = time.Scheduler });
        await using Bus bus = await Bus.OpenAsync(store);
        List<string> seen = [];
        using IDisposable broken = bus.Values(A, delivery).Select(static v => v == 1 ? throw new InvalidOperationException("scripted") : v)
            .Subscribe(v => seen.Add($"piped {v}"), e => seen.Add($"error {e.Message}"));
        using IDisposable direct = bus.Values(A, delivery).Subscribe(v => seen.Add($"direct {v}"));
        await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        for (int value = 1; value <= 2; value++)
        {
            await bus.Client.SetAsync(A, value);
            await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        }

        Assert.Equal(["piped 0", "direct 0", "error scripted", "direct 1", "direct 2"], seen);
        Assert.Single(await store.ListSubscriptionsAsync());
        Assert.Equal(0, store.ObserverFailures);
    });

    /// <summary>Makes a store.</summary>
    /// <param name="options">How it behaves.</param>
    /// <returns>The store; the test disposes it.</returns>
    protected abstract IPropertyStore CreateStore(PropertyStoreOptions options);

    private void Run(
        Delivery delivery, Func<IObservable<int>, IObservable<int>, IObservable<string>> pipeline, string[] expected, params (PropertyName Name, int Value)[] publishes) =>
        VirtualTime.Run(async time =>
        {
            await using Bus bus = await Bus.OpenAsync(CreateStore(new PropertyStoreOptions { Scheduler = time.Scheduler }));
            List<string> seen = [];
            using IDisposable subscription = pipeline(bus.Values(A, delivery), bus.Values(B, delivery)).Subscribe(seen.Add);
            await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
            foreach ((PropertyName name, int value) in publishes)
            {
                await bus.Client.SetAsync(name, value);
                await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
            }

            Assert.Equal(expected, seen);
        });

    /// <summary>A store with two integers.</summary>
    private sealed class Bus(IPropertyStore store, IPropertyClient client) : IAsyncDisposable
    {
        public IPropertyClient Client => client;

        public static async Task<Bus> OpenAsync(IPropertyStore store)
        {
            IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(A.Category)));
            await client.DefineAsync(A, PropertyDefinition.Open(PropertyType.Int));
            await client.DefineAsync(B, PropertyDefinition.Open(PropertyType.Int));
            return new Bus(store, client);
        }

        public IObservable<int> Values(PropertyName name, Delivery delivery) => client
            .Observe(name, delivery == Delivery.Buffered ? ObserveOptions.Buffered(16) : new ObserveOptions { Delivery = delivery })
            .Select(static change => change.Value ?? 0);

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await store.DisposeAsync();
        }
    }
}
