using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>
/// Ordinary Rx on a store: pipelines over several properties that end by themselves, under two racing publishers, with each delivery. Rx operators dispose upstream while
/// they hold their own lock, so a store whose Dispose waits for a delivery deadlocks here. Each kind of store derives the suite.
/// </summary>
public abstract class RxContract
{
    private const uint Category = 0x20000001;

    // A pipeline that does not end in this time is taken for a deadlock; it ends in milliseconds.
    private static readonly TimeSpan Deadlock = TimeSpan.FromSeconds(60);

    /// <summary>The pipelines: each ends after a few elements.</summary>
    private static readonly Dictionary<string, Func<IObservable<PropertyChange>[], IObservable<object>>> Pipelines = new()
    {
        ["Merge"] = static s => s.Merge().Take(20).Select(Boxed),
        ["CombineLatest"] = static s => s.CombineLatest().Take(10),
        ["Zip"] = static s => s.Zip().Take(3),
        ["Sample"] = static s => s.Skip(1).Merge().Sample(s[0]).Take(3).Select(Boxed),
        ["Switch"] = static s => s[0].Select(c => s[(c.Value ?? 0) % s.Length]).Switch().Take(10).Select(Boxed),
        ["Take"] = static s => s.Merge().Take(1).Select(Boxed),
        ["First"] = static s => s.CombineLatest().FirstAsync(values => values.All(v => v.Value > 3)),
        ["Throttle"] = static s => s[0].Throttle(_ => s[1].Skip(1)).Take(2).Select(Boxed),
        ["ObserveOn"] = static s => s.Merge().ObserveOn(TaskPoolScheduler.Default).Take(20).Select(Boxed),
        ["Replay"] = static s => Twice(s.Merge().Replay(5).RefCount(2), 10),
        ["RefCount"] = static s => Twice(s.Merge().Publish().RefCount(2), 10),
        ["Timeout"] = static s => s.Merge().Timeout(Deadlock * 2).Take(20).Select(Boxed),
        ["WithLatestFrom"] = static s => s[0].WithLatestFrom(s[1], static (a, b) => (object)(a, b)).Take(5),
        ["TakeUntil"] = static s => s[0].TakeUntil(s[1].Skip(3)).Select(Boxed),
    };

    /// <summary>Gets every pipeline, over two and ten properties, with each delivery.</summary>
    public static TheoryData<string, int, Delivery> All
    {
        get
        {
            TheoryData<string, int, Delivery> all = [];
            foreach (string pipeline in Pipelines.Keys)
            {
                foreach (int properties in new[] { 2, 10 })
                {
                    foreach (Delivery delivery in Enum.GetValues<Delivery>())
                    {
                        all.Add(pipeline, properties, delivery);
                    }
                }
            }

            return all;
        }
    }

    /// <summary>Gets how often each pipeline is built, run and ended. Default: 200.</summary>
    protected virtual int Rounds => 200;

    /// <summary>A pipeline ends under racing publishers, the publishers return, and no subscription is left.</summary>
    /// <param name="pipeline">The operators.</param>
    /// <param name="properties">The number of properties.</param>
    /// <param name="delivery">How the store calls the pipeline.</param>
    /// <returns>Completes when all rounds are over.</returns>
    [Theory]
    [MemberData(nameof(All), MemberType = typeof(RxContract))]
    public async Task A_pipeline_ends_under_racing_publishers_and_leaves_nothing(string pipeline, int properties, Delivery delivery)
    {
        await using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        PropertyName[] names = [.. Enumerable.Range(0, properties).Select(static i => new PropertyName(Category, (uint)i))];
        await using IPropertyClient client = await OpenAsync(store, names);
        ObserveOptions options = OptionsOf(delivery);
        for (int round = 0; round < Rounds; round++)
        {
            // Rx completes a pipeline before it disposes upstream; Finally comes after both.
            var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            RememberedObservations observations = new();
            Task<object?> last = Pipelines[pipeline]([.. names.Select(name => observations.Of(client.Observe(name, options)))])
                .Finally(disposed.SetResult).LastOrDefaultAsync().ToTask();
            Task[] publishers = [PublishAsync(client, names, last), PublishAsync(client, [.. names.Reverse()], last)];
            try
            {
                await Task.WhenAll([last, disposed.Task, .. publishers]).WaitAsync(Deadlock, TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{pipeline} over {properties} properties, {delivery}, did not end in round {round}. The pipeline: {last.Status}, disposed: "
                    + $"{disposed.Task.Status}, publishers: {publishers[0].Status} and {publishers[1].Status}, revision {store.Revision}.");
            }

            await observations.RequireEndedAsync();
        }

        Assert.Equal(0, store.ObserverFailures);
        Assert.Empty(await store.ListSubscriptionsAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Two observers that dispose each other's subscription, under two publishers, end.</summary>
    /// <param name="delivery">How the store calls them.</param>
    /// <returns>Completes when all rounds are over.</returns>
    [Theory]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    [InlineData(Delivery.Inline)]
    public async Task Observers_may_dispose_each_others_subscriptions(Delivery delivery)
    {
        await using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        PropertyName[] names = [new(Category, 1), new(Category, 2)];
        await using IPropertyClient client = await OpenAsync(store, names);
        ObserveOptions options = OptionsOf(delivery);
        for (int round = 0; round < Rounds; round++)
        {
            var subscriptions = new IDisposable?[2];
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            int disposed = 0;
            for (int i = 0; i < 2; i++)
            {
                int other = 1 - i;
                Volatile.Write(ref subscriptions[i], client.Observe(names[i], options).Subscribe(change =>
                {
                    if (change.Value > 2 && Volatile.Read(ref subscriptions[other]) is { } subscription)
                    {
                        subscription.Dispose();
                        if (Interlocked.Increment(ref disposed) == 1)
                        {
                            ended.SetResult();
                        }
                    }
                }));
            }

            Task[] publishers = [PublishAsync(client, names, ended.Task), PublishAsync(client, [.. names.Reverse()], ended.Task)];
            await Task.WhenAll([ended.Task, .. publishers]).WaitAsync(Deadlock, TestContext.Current.CancellationToken);
            Array.ForEach(subscriptions, static s => s!.Dispose());
        }

        Assert.Empty(await store.ListSubscriptionsAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Dispose inside a lock that the observer takes returns.</summary>
    /// <param name="delivery">How the store calls the observer.</param>
    /// <returns>Completes when all rounds are over.</returns>
    [Theory]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    [InlineData(Delivery.Inline)]
    public async Task Dispose_returns_inside_a_lock_that_the_observer_takes(Delivery delivery)
    {
        await using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        PropertyName[] names = [new(Category, 1)];
        await using IPropertyClient client = await OpenAsync(store, names);
        ObserveOptions options = OptionsOf(delivery);
        for (int round = 0; round < Rounds; round++)
        {
            Lock taken = new();
            var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            IDisposable subscription = client.Observe(names[0], options).Subscribe(_ =>
            {
                called.TrySetResult();
                lock (taken)
                {
                    called.TrySetResult();
                }
            });
            Task[] publishers = [PublishAsync(client, names, ended.Task), PublishAsync(client, names, ended.Task)];
            await called.Task;
            Task disposing = Task.Run(
                () =>
                {
                    lock (taken)
                    {
                        subscription.Dispose();
                    }

                    ended.SetResult();
                },
                TestContext.Current.CancellationToken);
            await Task.WhenAll([disposing, .. publishers]).WaitAsync(Deadlock, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Makes a store.</summary>
    /// <param name="options">How it behaves.</param>
    /// <returns>The store; the test disposes it.</returns>
    protected abstract IPropertyStore CreateStore(PropertyStoreOptions options);

    private static ObserveOptions OptionsOf(Delivery delivery) =>
        delivery == Delivery.Buffered ? ObserveOptions.Buffered(16) : new ObserveOptions { Delivery = delivery };

    private static async Task<IPropertyClient> OpenAsync(IPropertyStore store, PropertyName[] names)
    {
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(Category)), TestContext.Current.CancellationToken);
        foreach (PropertyName name in names)
        {
            await client.DefineAsync(name, PropertyDefinition.Open(PropertyType.Int), TestContext.Current.CancellationToken);
        }

        return client;
    }

    // On the pool; publishes in turn until the pipeline has ended.
    private static Task PublishAsync(IPropertyClient client, PropertyName[] names, Task until) => Task.Run(async () =>
    {
        for (int value = 1; !until.IsCompleted; value++)
        {
            await client.SetAsync(names[value % names.Length], value);
            if (value % names.Length == 0)
            {
                // The pipeline runs on the same pool.
                await Task.Yield();
            }
        }
    });

    private static object Boxed(PropertyChange change) => change;

    // Both observers come before the source: RefCount of Rx loses an observer that comes in the moment in which the last one leaves (docs/rx.md).
    private static IObservable<object> Twice(IObservable<PropertyChange> shared, int count) =>
        shared.Take(count).Merge(shared.Take(count / 2)).Select(Boxed);
}
