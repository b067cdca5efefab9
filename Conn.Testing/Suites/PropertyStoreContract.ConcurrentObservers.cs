#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public async Task Observers_of_racing_publishers_see_rising_stamps_and_the_last_value(Delivery delivery)
    {
        IPropertyClient client = Racer;
        PropertyName name = Raced();
        Watcher[] watchers = [.. Enumerable.Range(0, 8).Select(_ => new Watcher(3 * Rounds))];
        List<IDisposable> subscriptions = [.. watchers.Take(4).Select(w => client.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(w))];
        Task[] publishers = [.. Enumerable.Range(0, 3).Select(_ => Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                client.Set(name, i);
            }
        }))];
        subscriptions.AddRange(watchers.Skip(4).Select(w => client.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(w)));
        await Task.WhenAll(publishers);
        foreach (Watcher watcher in watchers)
        {
            await watcher.Done.WaitAsync(TestContext.Current.CancellationToken);
            Assert.True(watcher.Rising);
        }

        subscriptions.ForEach(s => s.Dispose());
    }

    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public async Task Dispose_is_a_barrier_against_deliveries_on_other_threads(Delivery delivery)
    {
        IPropertyClient client = Racer;
        PropertyName name = Raced();
        var all = new List<Guarded>();
        await Whilst(() => client.Set(name, 1), async _ =>
        {
            for (int i = 0; i < 2000; i++)
            {
                var guarded = new Guarded();
                IDisposable subscription = client.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(guarded);
                if ((i & 1) == 0)
                {
                    await guarded.First;
                }

                subscription.Dispose();
                guarded.Closed = true;
                Assert.False(guarded.Running);
                all.Add(guarded);
            }
        });
        Assert.All(all, g => Assert.False(g.CalledWhenClosed));
        Assert.Equal(0, Pooled.ObserverFailures);
    }

    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public async Task Dispose_waits_for_the_delivery_under_way_elsewhere(Delivery delivery)
    {
        // Several times: the disposal may begin late.
        PropertyName name = Raced();
        for (int i = 1; i <= 25; i++)
        {
            await Once(2 * i);
        }

        async Task Once(int value)
        {
            using var inside = new SemaphoreSlim(0);
            using var go = new ManualResetEventSlim();
            bool left = false;
            using IDisposable subscription = Racer.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(new Recorder([])
            {
                Then = change =>
                {
                    if (change.Value == value)
                    {
                        inside.Release();
                        go.Wait(TestContext.Current.CancellationToken);
                        Volatile.Write(ref left, true);
                    }
                },
            });
            Task publisher = Run(() => Racer.Set(name, value));
            await inside.WaitAsync(TestContext.Current.CancellationToken);
            bool waited = false;
            using var begun = new SemaphoreSlim(0);
            Task disposer = Run(() =>
            {
                begun.Release();
                subscription.Dispose();
                waited = Volatile.Read(ref left);
            });
            await begun.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(ErrorCode.None, Racer.Set(name, value + 1));
            Assert.False(disposer.IsCompleted);
            go.Set();
            await Comes(disposer, "The end of the disposal");
            Assert.True(waited);
            await publisher;
        }
    }

    [Theory(Timeout = 60000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_does_not_wait_while_only_another_observer_is_called(bool onSubscribing)
    {
        PropertyName name = Raced();
        using var inside = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        IDisposable quiet = Racer.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(new Recorder([]));
        IDisposable? busy = null;
        Task caller = Run(() =>
        {
            busy = Racer.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(new Recorder([])
            {
                Then = change =>
                {
                    if (change.IsCurrent == onSubscribing)
                    {
                        inside.Release();
                        go.Wait(TestContext.Current.CancellationToken);
                    }
                },
            });
            Racer.Set(name, 1);
        });
        await inside.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await Comes(Run(quiet.Dispose), "The end of the disposal of who is not called");
        }
        finally
        {
            go.Set();
        }

        await caller;
        busy!.Dispose();
    }

    [Fact(Timeout = 60000)]
    public async Task A_blocked_queued_observer_delays_neither_the_publisher_nor_another_observer()
    {
        IPropertyClient client = Racer;
        PropertyName name = Raced();
        using var go = new ManualResetEventSlim();
        var blocked = new Watcher(1000);
        using IDisposable slow = client.Observe(name).Subscribe(new Recorder([])
        {
            Then = change =>
            {
                go.Wait(TestContext.Current.CancellationToken);
                blocked.OnNext(change);
            },
        });
        var free = new Watcher(1000);
        using IDisposable fast = client.Observe(name).Subscribe(free);
        for (int i = 0; i < 1000; i++)
        {
            client.Set(name, i);
        }

        await free.Done.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(blocked.Done.IsCompleted);
        go.Set();
        await blocked.Done.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 60000)]
    public async Task Publishers_that_never_pause_do_not_starve_the_observers_of_a_single_threaded_scheduler()
    {
        using var scheduler = new EventLoopScheduler();
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = scheduler });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int seen = 0;
        var subscriptions = new List<IDisposable>();
        for (uint key = 0; key < 4; key++)
        {
            client.Define(NameOf(key), PropertyType.Int, Pass, Pass);
            subscriptions.Add(client.Observe(NameOf(key)).Subscribe(new Recorder([])
            {
                Then = _ =>
                {
                    if (++seen == 100)
                    {
                        enough.TrySetResult();
                    }
                },
            }));
        }

        Task[] publishers = [.. Enumerable.Range(0, 2).Select(p => Run(() =>
        {
            for (uint i = 0; !enough.Task.IsCompleted; i++)
            {
                client.Set(NameOf(i & 3), (int)i);
            }
        }))];
        await enough.Task.WaitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(publishers);
        subscriptions.ForEach(s => s.Dispose());
    }

    /// <summary>Done when it saw the stamp it waits for; remembers whether stamps rose.</summary>
    private sealed class Watcher(long lastStamp) : IObserver<PropertyChange>
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _last = -1;

        public Task Done => _done.Task;

        public bool Rising { get; private set; } = true;

        public void OnCompleted()
        {
        }

        public void OnError(Exception error) => _done.TrySetException(error);

        public void OnNext(PropertyChange value)
        {
            Rising &= value.Stamp.Value > _last;
            _last = value.Stamp.Value;
            if (_last == lastStamp)
            {
                _done.TrySetResult();
            }
        }
    }

    /// <summary>Notes a call that begins, or goes on, after its owner closed it.</summary>
    private sealed class Guarded : IObserver<PropertyChange>
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _running;
        private volatile bool _closed;
        private volatile bool _calledWhenClosed;

        public Task First => _first.Task;

        public bool Running => _running;

        public bool CalledWhenClosed => _calledWhenClosed;

        public bool Closed
        {
            set => _closed = value;
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error) => _first.TrySetException(error);

        public void OnNext(PropertyChange value)
        {
            _running = true;
            _calledWhenClosed |= _closed;
            _first.TrySetResult();
            Thread.Yield();
            _calledWhenClosed |= _closed;
            _running = false;
        }
    }
}
