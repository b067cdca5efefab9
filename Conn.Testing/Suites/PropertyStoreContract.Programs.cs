#pragma warning disable CS1591 // A test's name is its documentation.
using System.Globalization;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>The race, broadcast and stress programs of the original's own tests, with assertions that hold on several processors.</remarks>
public abstract partial class PropertyStoreContract
{
    private const int Subscribers = 8;

    [Fact(Timeout = 120000)]
    public async Task A_broadcast_in_lock_step_reaches_eight_subscribers_each_time()
    {
        await BroadcastAsync(Racer, 0, Rounds);
    }

    [Fact(Timeout = 240000)]
    public async Task Two_races_and_three_broadcasts_at_once_each_keep_their_promises()
    {
        await Task.WhenAll(
            RaceSetGetAsync(Racer, 1000),
            RaceCancelAsync(2000),
            BroadcastAsync(Racer, 3000, Rounds),
            BroadcastAsync(Racer, 4000, Rounds),
            BroadcastAsync(Racer, 5000, Rounds));
    }

    /// <summary>CONN_STRESS_CYCLES asks for more than the 2000 cycles that fit into every run, CONN_STRESS_SECONDS for as many as fit into a time.</summary>
    [Fact(Timeout = 7200000)]
    public async Task A_property_deleted_and_redefined_all_the_time_gives_only_whole_values_and_legal_outcomes()
    {
        int cycles = Asked("CONN_STRESS_CYCLES") ?? 2000;
        var time = TimeSpan.FromSeconds(Asked("CONN_STRESS_SECONDS") ?? 0);
        long begin = TimeProvider.System.GetTimestamp();
        IPropertyClient client = Racer;
        PropertyName name = NameOf(1);
        using var done = new CancellationTokenSource();
        long published = 0;
        long read = 0;
        Task publisher = Run(() =>
        {
            byte[] value = new byte[1024];
            for (int n = 0; !done.IsCancellationRequested; n++)
            {
                value.AsSpan().Fill((byte)n);
                ErrorCode code = (n % 3) switch { 0 => client.Set(name, n), 1 => client.Set(name, value.AsSpan(0, 512)), _ => client.Set(name, value) };
                AssertOneOf(code, ErrorCode.None, ErrorCode.NotFound, ErrorCode.Argument, ErrorCode.TooBig);
                published += code.IsNone ? 1 : 0;
            }
        });
        Task reader = Run(() =>
        {
            byte[] buffer = new byte[2048];
            using IProperty handle = client.Attach(name);
            while (!done.IsCancellationRequested)
            {
                ErrorCode code = handle.Get(buffer, out int length, out _);
                AssertOneOf(code, ErrorCode.None, ErrorCode.NotFound, ErrorCode.Argument);
                Assert.True(length is 0 or 512 or 1024, $"{length} bytes");
                Assert.True(length == 0 || buffer.AsSpan(0, length).IndexOfAnyExcept(buffer[0]) < 0);
                read += length > 0 ? 1 : 0;
            }
        });
        Task subscriber = Task.Run(async () =>
        {
            using IProperty handle = client.Attach(name);
            while (!done.IsCancellationRequested)
            {
                ErrorCode code = await handle.SubscribeAsync();
                AssertOneOf(code, ErrorCode.None, ErrorCode.NotFound, ErrorCode.Cancel);
            }
        });
        var rising = new Rising();
        using IDisposable inline = client.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(rising);
        using IDisposable buffered = client.Observe(name, new ObserveOptions { Buffer = 8 }).Subscribe(new Rising());
        int i = 0;
        for (; i < cycles || TimeProvider.System.GetElapsedTime(begin) < time; i++)
        {
            Assert.Equal(ErrorCode.None, client.Define(name, (PropertyType)(i % 3), Pass, Pass));
            Thread.Yield();
            Assert.Equal(ErrorCode.None, client.Delete(name));
            if (publisher.IsCompleted || reader.IsCompleted || subscriber.IsCompleted)
            {
                // Each goes on until it is told: one of them failed.
                break;
            }
        }

        await done.CancelAsync();
        while (!subscriber.IsCompleted)
        {
            // Whatever it still waits for comes with a publish and a delete.
            client.Define(name, PropertyType.Int, Pass, Pass);
            client.Delete(name);
            await Task.Yield();
        }

        await Task.WhenAll(publisher, reader, subscriber);
        Assert.Equal(0, Pooled.ObserverFailures);
        Assert.True(rising.Count > i / 2, $"{rising.Count} told in {i} cycles");
        Assert.InRange(published, 1, long.MaxValue);
        Assert.InRange(read, 0, long.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"{i} cycles, {published} published, {read} values read, {rising.Count} told.");

        static int? Asked(string name) =>
            int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int asked) ? asked : null;
    }

    private static void AssertOneOf(ErrorCode code, params ReadOnlySpan<ErrorCode> legal) => Assert.True(legal.Contains(code), code.Name);

    private static async Task RaceSetGetAsync(IPropertyClient client, uint key)
    {
        PropertyName name = NameOf(key);
        client.Define(name, PropertyType.ByteArray, Pass, Pass, 512);
        using IProperty handle = client.Attach(name);
        using IProperty other = client.Attach(name);
        handle.Set(new byte[512]);
        await Task.WhenAll(Run(() => Alternate(handle, 1)), Run(() => Alternate(other, 2)));

        void Alternate(IProperty mine, byte pattern)
        {
            byte[] value = new byte[512];
            byte[] buffer = new byte[512];
            value.AsSpan().Fill(pattern);
            for (int i = 0; i < Rounds; i++)
            {
                Assert.Equal(ErrorCode.None, (i & 1) == 0 ? mine.Set(value) : client.Set(name, value));
                Assert.Equal(ErrorCode.None, (i & 2) == 0 ? mine.Get(buffer, out int length, out _) : client.Get(name, buffer, out length, out _));
                Assert.Equal(512, length);
                Assert.InRange(buffer[0], 1, 2);
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(buffer[0]));
            }
        }
    }

    /// <summary>One completion for each subscription, whichever comes first.</summary>
    private async Task RaceCancelAsync(uint key)
    {
        Racer.Define(NameOf(key), PropertyType.Int, Pass, Pass);
        using IProperty handle = Racer.Attach(NameOf(key));
        int completions = 0;
        await Whilst(handle.Cancel, async _ =>
        {
            for (; completions < Rounds; completions++)
            {
                ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
                handle.Set(completions);
                AssertOneOf(await subscription, ErrorCode.None, ErrorCode.Cancel);
            }
        });
        Assert.Equal(Rounds, completions);
    }

    private static async Task BroadcastAsync(IPropertyClient client, uint key, int rounds)
    {
        PropertyName news = NameOf(key + 100);
        client.Define(news, PropertyType.Int, Pass, Pass);
        IProperty[] acks = [.. Enumerable.Range(0, Subscribers).Select(i =>
        {
            client.Define(NameOf(key + (uint)i), PropertyType.Int, Pass, Pass);
            return client.Attach(NameOf(key + (uint)i));
        })];
        Task[] subscribers = [.. Enumerable.Range(0, Subscribers).Select(i => Task.Run(() => Follow(i), Token))];
        for (int round = 1; round <= rounds; round++)
        {
            Assert.Equal(ErrorCode.None, client.Set(news, round));
            foreach (IProperty ack in acks)
            {
                await Until(ack, round);
            }
        }

        await Task.WhenAll(subscribers);
        Array.ForEach(acks, a => a.Dispose());

        async Task Follow(int index)
        {
            using IProperty handle = client.Attach(news);
            for (int round = 1; round <= rounds; round++)
            {
                await Until(handle, round);
                client.Set(NameOf(key + (uint)index), round);
            }
        }

        static async Task Until(IProperty handle, int expected)
        {
            // Subscribe, then get: the last published value is always seen.
            while (true)
            {
                Token.ThrowIfCancellationRequested();
                ValueTask<ErrorCode> next = handle.SubscribeAsync();
                Assert.Equal(ErrorCode.None, handle.Get(out int value, out _));
                if (value >= expected)
                {
                    handle.Cancel();
                    await next;
                    return;
                }

                Assert.Equal(ErrorCode.None, await next);
            }
        }
    }

    /// <summary>Fails, which the store counts, when stamps do not rise.</summary>
    private sealed class Rising : IObserver<PropertyChange>
    {
        private long _last = -1;

        public int Count { get; private set; }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value)
        {
            Assert.True(value.Stamp.Value > _last, $"{value} after {_last}");
            _last = value.Stamp.Value;
            Count++;
        }
    }
}
