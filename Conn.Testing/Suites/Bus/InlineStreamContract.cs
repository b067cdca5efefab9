#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about inline delivery: on the publisher's thread, one thread at a time, to a bounded depth.</summary>
public abstract class InlineStreamContract : RacingSuite
{
    private const int Links = 20_000;
    private const int TooDeep = 1000;

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_inline_observer_is_called_before_the_publish_returns_with_every_element(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        ChangeRecorder recorder = Observed(name, Delivery.Inline, out IDisposable subscription);
        for (int i = 1; i <= 5; i++)
        {
            await SetAsync(name, ValueOf(type, i));
            Assert.Equal(Enumerable.Range(0, i + 1), recorder.Seen.Select(NumberOf));
        }

        await PublishAsync(new PropertyBatch().Set(name, ValueOf(type, 6)));
        await DeleteAsync(name);
        Assert.Equal(["5", "6", "Deleted"], recorder.Lines.TakeLast(3));
        subscription.Dispose();
    }

    [Fact(Timeout = 60000)]
    public async Task A_chain_of_inline_observers_is_bounded_and_all_of_it_ends_at_the_last_value()
    {
        var chain = await Chain.CreateAsync(Owner, OptionsOf(Delivery.Inline));
        await SetAsync(NameOf(0), 1);
        await SetAsync(NameOf(0), 2);
        await SettleAsync();
        Assert.InRange(chain.Deepest, 1, TooDeep);
        Assert.All(chain.Links, static link => Assert.Equal(2, link.Seen[^1].Value));
        Assert.Empty(Failures);
    }

    [Fact(Timeout = 60000)]
    public async Task A_chain_is_bounded_where_the_scheduler_runs_everything_at_once()
    {
        IPropertyStore store = await NewStoreAsync(new PropertyStoreOptions { Scheduler = ImmediateScheduler.Instance });
        IPropertyClient client = await OpenAsync(store, OwnerSid);
        var chain = await Chain.CreateAsync(client, OptionsOf(Delivery.Inline));
        await client.TrySetAsync(NameOf(0), 1, Token);
        await Comes(chain.End, "The end of the chain");
        Assert.InRange(chain.Deepest, 1, TooDeep);
    }

    [Fact(Timeout = 60000)]
    public async Task What_is_published_during_an_inline_call_is_delivered_by_the_calling_thread_before_its_publish_returns()
    {
        PropertyName name = await RacedAsync();
        using var inside = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        int last = 0;
        using IDisposable subscription = Racer.Observe(name, OptionsOf(Delivery.Inline)).Subscribe(new ChangeRecorder(change =>
        {
            last = change.Value!.Value;
            if ((last & 1) == 1)
            {
                inside.Release();
                leave.Wait(Token);
            }
        }));

        // Several times: publishers that have met before are treated as those that meet for the first time.
        for (int i = 1; i < 100; i += 2)
        {
            int odd = i;
            Task other = Run(async () => await Racer.TrySetAsync(name, odd, Token));
            await inside.WaitAsync(Token);
            Assert.Equal(ErrorCode.Success, (await Racer.TrySetAsync(name, odd + 1, Token)).Code);
            Assert.Equal(odd, last);
            leave.Release();
            await other;
            Assert.Equal(odd + 1, last);
        }
    }

    [Theory(Timeout = 60000)]
    [InlineData(1)]
    [InlineData(16)]
    public async Task What_racing_publishers_published_last_was_delivered_inline_when_all_of_them_return(int each)
    {
        PropertyName name = await RacedAsync();
        int rounds = Rounds;
        long delivered = 0;
        using IDisposable subscription = Racer.Observe(name, OptionsOf(Delivery.Inline)).Subscribe(
            new RisingObserver { Then = change => Volatile.Write(ref delivered, change.Revision.Value) });
        int missed = 0;
        int arrived = 0;
        await Task.WhenAll(Run(() => PublishAsync(true)), Run(() => PublishAsync(false)));
        Assert.Equal(0, missed);
        Assert.Equal(Pooled.Revision.Value, delivered);

        async Task PublishAsync(bool checks)
        {
            for (int i = 0; i < rounds; i++)
            {
                Meet((4 * i) + 2);
                for (int k = 0; k < each; k++)
                {
                    await Racer.TrySetAsync(name, k, Token);
                }

                Meet((4 * i) + 4);
                missed += checks && Volatile.Read(ref delivered) != Pooled.Revision.Value ? 1 : 0;
            }
        }

        // Without sleeping, so that both continue at the same moment where there are processors for both.
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

    /// <summary>The observer of each property publishes the next one; one that is too deep stops instead.</summary>
    private sealed class Chain(IPropertyClient client)
    {
        [ThreadStatic]
        private static int _depth;

        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<ChangeRecorder> Links { get; } = [];

        public int Deepest { get; private set; }

        public Task End => _end.Task;

        public static async Task<Chain> CreateAsync(IPropertyClient client, ObserveOptions options)
        {
            var chain = new Chain(client);
            for (uint key = 0; key < InlineStreamContract.Links; key++)
            {
                uint link = key;
                Assert.Equal(ErrorCode.Success, await client.TryDefineAsync(NameOf(link), Open(PropertyType.Int), Token));
                var recorder = new ChangeRecorder(change => chain.Continue(link, change));
                chain.Links.Add(recorder);
                client.Observe(NameOf(link), options).Subscribe(recorder);
            }

            return chain;
        }

        private void Continue(uint link, PropertyChange change)
        {
            if (change.IsCurrent)
            {
                return;
            }

            Deepest = Math.Max(Deepest, ++_depth);
            if (link == InlineStreamContract.Links - 1)
            {
                _end.TrySetResult();
            }
            else if (_depth <= TooDeep)
            {
                Begin(client.TrySetAsync(NameOf(link + 1), change.Value!.Value, Token));
            }

            _depth--;
        }
    }
}
