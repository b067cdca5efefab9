#pragma warning disable CS1591 // A test's name is its documentation.
using System.Globalization;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>The race, broadcast and stress programs of the original's own tests, with assertions that hold on several processors.</remarks>
public abstract partial class PropertyStoreContract
{
    private const int Subscribers = 8;

    [Fact(Timeout = 120000)]
    public async Task A_broadcast_in_lock_step_reaches_eight_subscribers_each_time()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        await BroadcastAsync(store.Open(store.MintIdentity(new SecureId(OwnerSid))), 0, 2000);
    }

    [Fact(Timeout = 240000)]
    public async Task Two_races_and_three_broadcasts_at_once_each_keep_their_promises()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        await Task.WhenAll(
            RaceSetGetAsync(client, 1000),
            RaceCancelAsync(client, 2000),
            BroadcastAsync(client, 3000, Rounds),
            BroadcastAsync(client, 4000, Rounds),
            BroadcastAsync(client, 5000, Rounds));
    }

    /// <summary>CONN_STRESS_CYCLES asks for more than the 2000 cycles that fit into every run.</summary>
    [Fact(Timeout = 1200000)]
    public async Task A_property_deleted_and_redefined_all_the_time_gives_only_whole_values_and_legal_outcomes()
    {
        int cycles = int.TryParse(Environment.GetEnvironmentVariable("CONN_STRESS_CYCLES"), CultureInfo.InvariantCulture, out int asked) ? asked : 2000;
        using IPropertyStore store = CreateStore(new PropertyStoreOptions());
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        PropertyName name = NameOf(1);
        using var done = new CancellationTokenSource();
        long published = 0;
        long read = 0;
        Task publisher = Run(() =>
        {
            byte[] value = new byte[1024];
            for (int i = 0; !done.IsCancellationRequested; i++)
            {
                value.AsSpan().Fill((byte)i);
                ErrorCode code = (i % 3) switch { 0 => client.Set(name, i), 1 => client.Set(name, value.AsSpan(0, 512)), _ => client.Set(name, value) };
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
        for (int i = 0; i < cycles; i++)
        {
            Assert.Equal(ErrorCode.None, client.Define(name, (PropertyType)(i % 3), Pass, Pass));
            Thread.Yield();
            Assert.Equal(ErrorCode.None, client.Delete(name));
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
        Assert.Equal(0, store.ObserverFailures);
        Assert.True(rising.Count > cycles / 2, $"{rising.Count} told");
        Assert.InRange(published, 1, long.MaxValue);
        Assert.InRange(read, 0, long.MaxValue);
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

    private static async Task RaceCancelAsync(IPropertyClient client, uint key)
    {
        client.Define(NameOf(key), PropertyType.Int, Pass, Pass);
        using IProperty handle = client.Attach(NameOf(key));
        using var done = new CancellationTokenSource();
        Task canceller = Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                handle.Cancel();
            }
        });
        for (int i = 0; i < Rounds; i++)
        {
            ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
            handle.Set(i);
            ErrorCode code = await subscription;
            Assert.True(code == ErrorCode.None || code == ErrorCode.Cancel, code.Name);
        }

        await done.CancelAsync();
        await canceller;
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
