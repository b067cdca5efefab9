#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the end of an observation: Dispose never waits; after DisposeAsync no call runs, and none begins.</summary>
public abstract class BarrierContract : RacingSuite
{
    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task After_DisposeAsync_no_call_runs_and_none_begins_on_other_threads(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        var all = new List<RisingObserver>();
        await Whilst(async () => await Racer.TrySetAsync(name, 1, Token), async _ =>
        {
            for (int i = 0; i < 2000; i++)
            {
                var observer = new RisingObserver { Then = static _ => Thread.Yield() };
                IDisposable subscription = Racer.Observe(name, OptionsOf(delivery)).Subscribe(observer);
                if ((i & 1) == 0)
                {
                    await observer.First;
                }

                await ((IAsyncDisposable)subscription).DisposeAsync();
                Assert.False(observer.IsRunning);
                observer.Close();
                all.Add(observer);
            }
        });
        Assert.All(all, static o => Assert.False(o.IsRunning));
        Assert.Equal(0, Pooled.ObserverFailures);
        Assert.False(await Racer.HasSubscribersAsync(name, Token));
    }

    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task After_Dispose_at_most_one_claimed_call_begins(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        var calls = new List<int[]>();
        await Whilst(async () => await Racer.TrySetAsync(name, 1, Token), async _ =>
        {
            for (int i = 0; i < 2000; i++)
            {
                int[] after = new int[1];
                bool disposed = false;
                var observer = new RisingObserver
                {
                    Then = _ =>
                    {
                        after[0] += Volatile.Read(ref disposed) ? 1 : 0;
                        Thread.Yield();
                    },
                };
                IDisposable subscription = Racer.Observe(name, OptionsOf(delivery)).Subscribe(observer);
                if ((i & 1) == 0)
                {
                    await observer.First;
                }

                subscription.Dispose();
                Volatile.Write(ref disposed, true);
                calls.Add(after);
            }
        });

        Assert.All(calls, static c => Assert.InRange(c[0], 0, 1));
        Assert.Equal(0, Pooled.ObserverFailures);
    }

    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task DisposeAsync_completes_with_the_call_that_runs_and_Dispose_does_not_wait_for_it(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        for (int i = 1; i <= 25; i++)
        {
            await OnceAsync(2 * i);
        }

        async Task OnceAsync(int value)
        {
            using var inside = new SemaphoreSlim(0);
            using var leave = new ManualResetEventSlim();
            bool left = false;
            var observer = new RisingObserver
            {
                Then = change =>
                {
                    if (change.Value == value)
                    {
                        inside.Release();
                        leave.Wait(Token);
                        Volatile.Write(ref left, true);
                    }
                },
            };
            IDisposable subscription = Racer.Observe(name, OptionsOf(delivery)).Subscribe(observer);
            await observer.First;
            Task publisher = Run(async () => await Racer.TrySetAsync(name, value, Token));
            await inside.WaitAsync(Token);
            if (value % 4 == 0)
            {
                subscription.Dispose();
                Assert.False(left);
            }

            Task first = ((IAsyncDisposable)subscription).DisposeAsync().AsTask();
            Task second = ((IAsyncDisposable)subscription).DisposeAsync().AsTask();
            Assert.Equal(ErrorCode.Success, (await Racer.TrySetAsync(name, value + 1, Token)).Code);
            Assert.False(first.IsCompleted || second.IsCompleted);
            leave.Set();
            await Comes(Task.WhenAll(first, second), "The end of the disposal");
            Assert.True(Volatile.Read(ref left));
            observer.Close();
            await publisher;
            await ((IAsyncDisposable)subscription).DisposeAsync();
        }
    }

    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task Dispose_does_not_wait_while_another_observer_is_called(Delivery delivery)
    {
        PropertyName name = await RacedAsync();
        foreach (bool onSubscribing in new[] { false, true })
        {
            await OnceAsync(onSubscribing);
        }

        async Task OnceAsync(bool onSubscribing)
        {
            using var inside = new SemaphoreSlim(0);
            using var leave = new ManualResetEventSlim();
            IDisposable quiet = Racer.Observe(name, OptionsOf(delivery)).Subscribe(new RisingObserver());
            IDisposable? busy = null;
            Task caller = Run(async () =>
            {
                var observer = new RisingObserver
                {
                    Then = change =>
                    {
                        if (change.IsCurrent == onSubscribing && !leave.IsSet)
                        {
                            inside.Release();
                            leave.Wait(Token);
                        }
                    },
                };
                busy = Racer.Observe(name, OptionsOf(delivery)).Subscribe(observer);
                await observer.First;
                await Racer.TrySetAsync(name, 1, Token);
            });
            await inside.WaitAsync(Token);
            await Comes(Task.Run(quiet.Dispose, Token), "The end of the disposal of an observer that is not called");
            leave.Set();
            await caller;
            busy!.Dispose();
        }
    }

    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task An_observer_disposes_itself_inside_its_call_and_cannot_await_its_own_end(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        var ends = new List<Exception?>();
        IAsyncDisposable? self = null;
        var recorder = new ChangeRecorder(change =>
        {
            if (change.Value == 1)
            {
                ends.Add(Record.Exception(() => { _ = self!.DisposeAsync().AsTask(); }));
            }
            else if (change.Value == 2)
            {
                ((IDisposable)self!).Dispose();
                ends.Add(Record.Exception(() => { _ = self.DisposeAsync().AsTask(); }));
            }
        });
        self = (IAsyncDisposable)Stranger.Observe(name, OptionsOf(delivery)).Subscribe(recorder);
        for (int i = 1; i <= 3; i++)
        {
            await SettleAsync();
            await SetAsync(name, i);
        }

        await SettleAsync();

        // The refused call did not end it.
        Assert.Equal(["0", "1", "2"], recorder.Lines);
        Assert.All(ends, static end => Assert.IsType<InvalidOperationException>(end));
        Assert.Equal(2, ends.Count);
        await self.DisposeAsync();
    }

    [Theory(Timeout = 60000)]
    [MemberData(nameof(Deliveries))]
    public async Task An_observer_may_begin_the_end_of_another_one_inside_its_call(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        IAsyncDisposable? other = null;
        IDisposable? self = null;
        var late = new ChangeRecorder();
        Task? ended = null;
        Task? endedLate = null;
        var recorder = new ChangeRecorder(change =>
        {
            if (change.Value == 1)
            {
                ended = other!.DisposeAsync().AsTask();

                // Another one takes the place of this one.
                self!.Dispose();
                endedLate = ((IAsyncDisposable)Stranger.Observe(name, OptionsOf(delivery)).Subscribe(late)).DisposeAsync().AsTask();
            }
        });
        self = Stranger.Observe(name, OptionsOf(delivery)).Subscribe(recorder);
        ChangeRecorder ending = Observed(name, delivery, out IDisposable second);
        other = (IAsyncDisposable)second;
        await SettleAsync();
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.Empty(Failures);
        await Comes(ended!, "The end of another observer");
        await Comes(endedLate!, "The end of an observer that began inside the call");
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.DoesNotContain("2", ending.Lines.Concat(late.Lines).Concat(recorder.Lines));
    }

    [Fact(Timeout = 60000)]
    public async Task After_DisposeAsync_of_a_watch_no_call_runs_and_none_begins()
    {
        PropertyName name = await RacedAsync();
        await Whilst(async () => await Racer.TrySetAsync(name, 1, Token), async _ =>
        {
            for (int i = 0; i < 1000; i++)
            {
                bool closed = false;
                var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                IDisposable watch = Racer.Watch().Subscribe(new EventRecorder(static _ => 0, _ =>
                {
                    Thread.Yield();
                    Assert.False(Volatile.Read(ref closed));
                    first.TrySetResult();
                }));
                if ((i & 1) == 0)
                {
                    await first.Task;
                }

                await ((IAsyncDisposable)watch).DisposeAsync();
                Volatile.Write(ref closed, true);
            }
        });
        Assert.Equal(0, Pooled.ObserverFailures);
    }
}
