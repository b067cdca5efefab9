#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using System.Reactive.Disposables;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>What happens while an observer is being called, or before its first call, is neither lost nor told wrongly.</remarks>
public abstract partial class PropertyStoreContract
{
    [Fact(Timeout = 60000)]
    public async Task A_change_while_an_observer_is_called_makes_it_look_again()
    {
        var threads = new Threads();
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = threads });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var go = new ManualResetEventSlim();
        var slow = new List<PropertyChange>();
        using IDisposable first = client.Observe(NameOf(1)).Subscribe(new Recorder(slow)
        {
            Then = change =>
            {
                if (change.Value == 1)
                {
                    inside.TrySetResult();
                    go.Wait(TestContext.Current.CancellationToken);
                }
            },
        });

        // Woken after the other: when it has seen a change, the other was told that there is one.
        using IDisposable second = client.Observe(NameOf(1)).Subscribe(new Recorder([])
        {
            Then = change =>
            {
                if (change.Value == 2)
                {
                    passed.TrySetResult();
                }
            },
        });
        await threads.Settled();
        client.Set(NameOf(1), 1);
        await inside.Task;
        client.Set(NameOf(1), 2);
        await passed.Task;
        go.Set();
        await threads.Settled();
        Assert.Equal([0, 1, 2], slow.Select(NumberOf));
    }

    [Fact(Timeout = 60000)]
    public async Task What_is_published_while_an_inline_observer_is_told_is_told_by_who_tells_it()
    {
        PropertyName name = Raced();
        using var inside = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        int last = 0;
        using IDisposable subscription = Racer.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(new Recorder([])
        {
            Then = change =>
            {
                last = change.Value;
                if ((last & 1) == 1)
                {
                    inside.Release();
                    go.Wait(TestContext.Current.CancellationToken);
                }
            },
        });

        // Several times: publishers that have met before are not dealt with as those that meet for the first time.
        for (int i = 1; i < 100; i += 2)
        {
            int odd = i;
            Task other = Run(() => Racer.Set(name, odd));
            await inside.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(ErrorCode.None, Racer.Set(name, odd + 1));
            Assert.Equal(odd, last);
            go.Release();
            await other;
            Assert.Equal(odd + 1, last);
        }
    }

    [Theory(Timeout = 60000)]
    [InlineData(1)]
    [InlineData(16)]
    public async Task What_racing_publishers_published_last_was_told_inline_when_all_of_them_return(int each)
    {
        PropertyName name = Raced();
        var told = new Latest();
        using IDisposable subscription = Racer.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(told);
        int missed = 0;
        int arrived = 0;
        await Task.WhenAll(Run(() => Publish(true)), Run(() => Publish(false)));
        Assert.Equal(0, missed);
        Assert.Equal(2L * Rounds * each, told.Stamp);

        void Publish(bool looks)
        {
            for (int i = 0; i < Rounds; i++)
            {
                Meet((4 * i) + 2);
                for (int k = 0; k < each; k++)
                {
                    Racer.Set(name, k);
                }

                Meet((4 * i) + 4);
                missed += looks && told.Stamp != Pooled.Revision.Value ? 1 : 0;
            }
        }

        // Without sleeping, so that both go on at the same moment where there are processors for both.
        void Meet(int expected)
        {
            Interlocked.Increment(ref arrived);
            var spinner = default(SpinWait);
            while (Volatile.Read(ref arrived) < expected)
            {
                spinner.SpinOnce(-1);
            }
        }
    }

    [Theory(Timeout = 60000)]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public async Task An_observer_that_disposes_itself_waits_for_nobody(Delivery delivery)
    {
        PropertyName name = Raced();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable? self = null;
        self = Racer.Observe(name, new ObserveOptions { Delivery = delivery }).Subscribe(new Recorder([])
        {
            Then = change =>
            {
                if (change.Value == 1)
                {
                    self!.Dispose();
                    left.TrySetResult();
                }
            },
        });
        Task publisher = Run(() => Racer.Set(name, 1));
        await Comes(left.Task, "The end of its own disposal");
        await publisher;
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void A_delete_before_the_first_element_is_never_told_after_it(Delivery delivery)
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty keepsTheName = Owner.Attach(name);
        var seen = new List<PropertyChange>();

        // Queued: what happens until its first turn wakes it once more. Inline: so does whoever comes after it.
        using IDisposable before = delivery == Delivery.Queued ? Observe(name, delivery, seen) : Disposable.Empty;
        Owner.Set(name, 1);
        Owner.Delete(name);
        Defined(PropertyType.Int);
        using IDisposable after = delivery == Delivery.Inline
            ? Owner.Observe(name, new ObserveOptions { Delivery = delivery, Distinct = true }).Subscribe(new Recorder(seen))
            : Disposable.Empty;
        using IDisposable other = Observe(name, delivery, []);
        Scheduler.Start();
        Assert.Equal((PropertyChangeKind.Value, 0, Stamp.Never), (seen.Single().Kind, seen.Single().Value, seen.Single().Stamp));
    }

    /// <summary>The stamp last told; read when nobody publishes.</summary>
    private sealed class Latest : IObserver<PropertyChange>
    {
        public long Stamp { get; private set; }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value) => Stamp = value.Stamp.Value;
    }

    /// <summary>Each piece of work on a thread of its own; tells when all of it is over.</summary>
    private sealed class Threads : IScheduler
    {
        private readonly Lock _gate = new();
        private Task _all = Task.CompletedTask;

        public DateTimeOffset Now => DateTimeOffset.UnixEpoch;

        public async Task Settled()
        {
            for (Task seen = Task.CompletedTask; ;)
            {
                Task all;
                lock (_gate)
                {
                    all = _all;
                }

                if (seen == all)
                {
                    return;
                }

                await all;
                seen = all;
            }
        }

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
        {
            lock (_gate)
            {
                _all = Task.WhenAll(_all, Run(() => action(this, state)));
            }

            return Disposable.Empty;
        }

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => throw new NotSupportedException();

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => throw new NotSupportedException();
    }
}
