#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises to observers of racing publishers: rising revisions, the last value always, and that no observer delays another.</summary>
public abstract class RacingObserverContract : RacingSuite
{
    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task Observers_of_racing_publishers_receive_rising_revisions_and_the_last_value(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        RisingObserver[] observers = [.. Enumerable.Range(0, 8).Select(_ => new RisingObserver { Awaited = 3 * rounds })];
        List<IDisposable> subscriptions = [.. observers.Take(4).Select(o => Racer.Observe(name, OptionsOf(delivery)).Subscribe(o))];
        Task[] publishers = [.. Enumerable.Range(0, 3).Select(_ => Run(async () =>
        {
            for (int i = 0; i < rounds; i++)
            {
                await Racer.TrySetAsync(name, i, Token);
            }
        }))];
        subscriptions.AddRange(observers.Skip(4).Select(o => Racer.Observe(name, OptionsOf(delivery)).Subscribe(o)));
        await Task.WhenAll(publishers);
        foreach (RisingObserver observer in observers)
        {
            await Comes(observer.Reached, "The last value");
            Assert.Equal(Pooled.Revision.Value, observer.Last);
        }

        subscriptions.ForEach(static s => s.Dispose());
    }

    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task A_blocked_observer_on_a_scheduler_delays_neither_the_publisher_nor_another_observer(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        using var leave = new ManualResetEventSlim();
        var blocked = new RisingObserver { Awaited = 1000, Then = _ => leave.Wait(Token) };
        var free = new RisingObserver { Awaited = 1000 };
        using IDisposable slow = Racer.Observe(name, OptionsOf(delivery)).Subscribe(blocked);
        using IDisposable fast = Racer.Observe(name, OptionsOf(delivery)).Subscribe(free);
        for (int i = 0; i < 1000; i++)
        {
            await Racer.TrySetAsync(name, i, Token);
        }

        await Comes(free.Reached, "The last value of the free observer");
        Assert.False(blocked.Reached.IsCompleted);
        leave.Set();
        await Comes(blocked.Reached, "The last value of the blocked observer");
    }

    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task An_observer_that_blocks_does_not_delay_one_that_the_same_change_wakes(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        for (int i = 1; i <= 20; i++)
        {
            await OnceAsync(i);
        }

        async Task OnceAsync(int value)
        {
            using var leave = new ManualResetEventSlim();
            var blocked = new RisingObserver
            {
                Then = change =>
                {
                    if (change.Value == value)
                    {
                        leave.Wait(Token);
                    }
                },
            };
            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var free = new RisingObserver
            {
                Then = change =>
                {
                    if (change.Value == value)
                    {
                        told.TrySetResult();
                    }
                },
            };
            using IDisposable slow = Racer.Observe(name, OptionsOf(delivery)).Subscribe(blocked);
            using IDisposable fast = Racer.Observe(name, OptionsOf(delivery)).Subscribe(free);
            await Task.WhenAll(blocked.First, free.First);
            await Racer.TrySetAsync(name, value, Token);
            try
            {
                await Comes(told.Task, "The change for the free observer");
            }
            finally
            {
                leave.Set();
            }

            await ((IAsyncDisposable)slow).DisposeAsync();
        }
    }

    [Fact(Timeout = 60000)]
    public async Task Publishers_that_never_pause_do_not_starve_the_observers_of_a_single_threaded_scheduler()
    {
        using var scheduler = new EventLoopScheduler();
        IPropertyStore store = await NewStoreAsync(new PropertyStoreOptions { Scheduler = scheduler });
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        var subscriptions = new List<IDisposable>();
        for (uint key = 0; key < 4; key++)
        {
            await client.TryDefineAsync(NameOf(key), Open(PropertyType.Int), Token);
            subscriptions.Add(client.Observe(NameOf(key)).Subscribe(new RisingObserver
            {
                Then = _ =>
                {
                    if (++calls == 100)
                    {
                        enough.TrySetResult();
                    }
                },
            }));
        }

        Task[] publishers = [.. Enumerable.Range(0, 2).Select(_ => Run(async () =>
        {
            for (uint i = 0; !enough.Task.IsCompleted; i++)
            {
                await client.TrySetAsync(NameOf(i & 3), (int)i, Token);
            }
        }))];
        await Comes(enough.Task, "The hundredth call");
        await Task.WhenAll(publishers);
        subscriptions.ForEach(static s => s.Dispose());
    }

    [Theory(Timeout = 180000)]
    [InlineData(Delivery.Latest)]
    [InlineData(Delivery.Buffered)]
    public async Task A_stream_that_ends_while_its_observer_is_called_has_everything_before_its_end(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        for (int i = 1; i <= 5000; i++)
        {
            int last = 0;
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            IPropertyClient client = await OpenAsync(Pooled, StrangerSid);
            client.Observe(name, OptionsOf(delivery)).Subscribe(change => last = change.Value!.Value, ended.SetResult);
            await Racer.TrySetAsync(name, i, Token);
            await client.DisposeAsync();
            await Comes(ended.Task, "The end of the stream");
            Assert.Equal(i, last);
        }
    }

    [Fact(Timeout = 60000)]
    public async Task A_change_during_a_call_causes_another_one()
    {
        PropertyName name = await RacedAsync();
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        for (int i = 1; i < 200; i += 2)
        {
            int value = i;
            var observer = new RisingObserver
            {
                Awaited = value + 1,
                Then = change =>
                {
                    if (change.Value == value)
                    {
                        inside.Release();
                        leave.Wait(Token);
                    }
                },
            };
            using IDisposable subscription = Racer.Observe(name).Subscribe(observer);
            await observer.First;
            await Racer.TrySetAsync(name, value, Token);
            await inside.WaitAsync(Token);
            await Racer.TrySetAsync(name, value + 1, Token);
            leave.Release();
            await Comes(observer.Reached, "The change that was published during a call");
        }
    }

    [Fact(Timeout = 60000)]
    public async Task A_definition_racing_with_subscriptions_leaves_none_outstanding_that_may_not_read()
    {
        await OpenPooledAsync();
        IPropertyClient stranger = await OpenAsync(Pooled, StrangerSid);
        for (uint i = 0; i < 1000; i++)
        {
            PropertyName name = NameOf(i);
            using IProperty handle = await stranger.AttachAsync(name, Token);
            Task definer = Run(async () => Assert.Equal(ErrorCode.Success, await Racer.TryDefineAsync(name, Guarded(PropertyType.Int, Owners, Pass), Token)));
            Assert.Equal(ErrorCode.PermissionDenied, await handle.SubscribeAsync(Token));
            await definer;
        }
    }

    [Fact(Timeout = 60000)]
    public async Task Attach_subscribe_and_cancel_survive_a_racing_close()
    {
        await OpenPooledAsync();
        for (uint i = 0; i < 1000; i++)
        {
            IProperty handle = await Racer.AttachAsync(NameOf(i & 1), Token);
            Task closer = Task.Run(handle.Dispose, Token);
            try
            {
                Assert.Equal(ErrorCode.Cancel, await handle.SubscribeAsync(Token));
                handle.Cancel();
            }
            catch (ObjectDisposedException exception)
            {
                // Closed before the call: the misuse is reported, nothing hangs.
                Assert.NotNull(exception.ObjectName);
            }

            await closer;
            Assert.Throws<ObjectDisposedException>(handle.Cancel);
        }
    }
}
