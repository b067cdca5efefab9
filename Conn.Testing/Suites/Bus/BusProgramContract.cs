#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>The race, broadcast and stress programs of the original's own tests, with assertions that hold on several processors.</summary>
public abstract class BusProgramContract : RacingSuite
{
    private const int Subscribers = 8;
    private const int Cycles = 2000;

    [Fact(Timeout = 120000)]
    public async Task A_broadcast_in_lock_step_reaches_eight_subscribers_each_time()
    {
        await OpenPooledAsync();
        int rounds = Rounds;
        await BroadcastAsync(0, rounds / 2);
    }

    [Fact(Timeout = 240000)]
    public async Task Two_races_and_three_broadcasts_at_once_each_keep_their_promises()
    {
        await OpenPooledAsync();
        int rounds = Rounds;
        await Task.WhenAll(
            RaceSetGetAsync(1000),
            RaceCancelAsync(2000),
            BroadcastAsync(3000, rounds / 5),
            BroadcastAsync(4000, rounds / 5),
            BroadcastAsync(5000, rounds / 5));
    }

    [Fact(Timeout = 60000)]
    public async Task Cancel_racing_with_publish_completes_each_subscription_once()
    {
        await OpenPooledAsync();
        await RaceCancelAsync(1);
    }

    [Fact(Timeout = 60000)]
    public async Task A_property_deleted_and_defined_all_the_time_has_only_whole_values_and_legal_outcomes()
    {
        await OpenPooledAsync();
        PropertyName name = NameOf(1);
        using IProperty handle = await Racer.AttachAsync(name, Token);
        using var done = new CancellationTokenSource();
        long published = 0;
        Task publisher = Run(async () =>
        {
            byte[] value = new byte[1024];
            for (int n = 0; !done.IsCancellationRequested; n++)
            {
                value.AsSpan().Fill((byte)n);
                PropertyValue next = (n % 3) switch { 0 => n, 1 => new ReadOnlyMemory<byte>(value, 0, 512), _ => value };
                ErrorCode code = (await Racer.TrySetAsync(name, next, Token)).Code;
                AssertOneOf(code, ErrorCode.Success, ErrorCode.NotFound, ErrorCode.Argument, ErrorCode.TooBig);
                published += code.IsSuccess ? 1 : 0;
            }
        });
        Task reader = Run(() =>
        {
            byte[] buffer = new byte[2048];
            while (!done.IsCancellationRequested)
            {
                AssertOneOf(handle.TryGet(buffer, out int length, out _), ErrorCode.Success, ErrorCode.NotFound, ErrorCode.Argument);
                Assert.True(length is 0 or 512 or 1024, $"{length} bytes");
                Assert.True(length == 0 || buffer.AsSpan(0, length).IndexOfAnyExcept(buffer[0]) < 0);
            }

            return Task.CompletedTask;
        });
        Task subscriber = Task.Run(
            async () =>
            {
                using IProperty waiting = await Racer.AttachAsync(name, Token);
                using CancellationTokenRegistration end = done.Token.UnsafeRegister(static h => ((IProperty)h!).Dispose(), waiting);
                ErrorCode code = ErrorCode.Success;
                while (code != ErrorCode.Cancel && !done.IsCancellationRequested)
                {
                    try
                    {
                        code = await waiting.SubscribeAsync(Token);
                        AssertOneOf(code, ErrorCode.Success, ErrorCode.NotFound, ErrorCode.Cancel);
                    }
                    catch (ObjectDisposedException)
                    {
                        Assert.True(done.IsCancellationRequested);
                    }
                }
            },
            Token);
        var inline = new RisingObserver();
        using IDisposable first = Racer.Observe(name, OptionsOf(Delivery.Inline)).Subscribe(inline);
        using IDisposable second = Racer.Observe(name, ObserveOptions.Buffered(8)).Subscribe(new RisingObserver());
        using IDisposable third = Racer.Observe(name).Subscribe(new RisingObserver());
        for (int i = 0; i < Cycles && !publisher.IsCompleted && !reader.IsCompleted && !subscriber.IsCompleted; i++)
        {
            Assert.Equal(ErrorCode.Success, await Racer.TryDefineAsync(name, Open((PropertyType)(i % 3)), Token));
            Thread.Yield();
            Assert.Equal(ErrorCode.Success, await Racer.TryDeleteAsync(name, Token));
        }

        await done.CancelAsync();
        await Task.WhenAll(publisher, reader, subscriber);
        Assert.Equal(0, Pooled.ObserverFailures);
        Assert.True(inline.Count > Cycles / 2, $"{inline.Count} elements in {Cycles} cycles");
        Assert.InRange(published, 1, long.MaxValue);
    }

    private async Task RaceSetGetAsync(uint key)
    {
        int rounds = Rounds;
        PropertyName name = NameOf(key);
        await Racer.TryDefineAsync(name, Open(PropertyType.ByteArray) with { Preallocate = 512 }, Token);
        using IProperty handle = await Racer.AttachAsync(name, Token);
        using IProperty other = await Racer.AttachAsync(name, Token);
        await handle.TrySetAsync(Filled(1), Token);
        await Task.WhenAll(Run(() => AlternateAsync(handle, Filled(1))), Run(() => AlternateAsync(other, Filled(2))));

        static byte[] Filled(byte pattern)
        {
            byte[] value = new byte[512];
            value.AsSpan().Fill(pattern);
            return value;
        }

        async Task AlternateAsync(IProperty mine, byte[] value)
        {
            byte[] buffer = new byte[512];
            for (int i = 0; i < rounds; i++)
            {
                Assert.Equal(ErrorCode.Success, ((i & 1) == 0 ? await mine.TrySetAsync(value, Token) : await Racer.TrySetAsync(name, value, Token)).Code);
                Assert.Equal((ErrorCode.Success, 512), (mine.TryGet(buffer, out int length, out _), length));
                Assert.InRange(buffer[0], 1, 2);
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(buffer[0]));
            }
        }
    }

    /// <summary>One completion for each subscription, whichever comes first.</summary>
    private async Task RaceCancelAsync(uint key)
    {
        int rounds = Rounds;
        await Racer.TryDefineAsync(NameOf(key), Open(PropertyType.Int), Token);
        using IProperty handle = await Racer.AttachAsync(NameOf(key), Token);
        int completions = 0;
        await Whilst(
            () =>
            {
                handle.Cancel();
                return Task.CompletedTask;
            },
            async failed =>
            {
                for (; completions < rounds && !failed(); completions++)
                {
                    ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
                    await handle.TrySetAsync(completions, Token);
                    AssertOneOf(await subscription, ErrorCode.Success, ErrorCode.Cancel);
                }
            });
        Assert.Equal(rounds, completions);
    }

    private async Task BroadcastAsync(uint key, int rounds)
    {
        PropertyName news = NameOf(key + 100);
        await Racer.TryDefineAsync(news, Open(PropertyType.Int), Token);
        List<IProperty> acknowledgements = [];
        for (uint i = 0; i < Subscribers; i++)
        {
            await Racer.TryDefineAsync(NameOf(key + i), Open(PropertyType.Int), Token);
            acknowledgements.Add(await Racer.AttachAsync(NameOf(key + i), Token));
        }

        Task[] subscribers = [.. acknowledgements.Select(a => Task.Run(() => FollowAsync(a), Token))];
        for (int round = 1; round <= rounds; round++)
        {
            Assert.Equal(ErrorCode.Success, (await Racer.TrySetAsync(news, round, Token)).Code);
            foreach (IProperty acknowledgement in acknowledgements)
            {
                await UntilAsync(acknowledgement, round);
            }
        }

        await Task.WhenAll(subscribers);
        acknowledgements.ForEach(static a => a.Dispose());

        async Task FollowAsync(IProperty acknowledgement)
        {
            using IProperty handle = await Racer.AttachAsync(news, Token);
            for (int round = 1; round <= rounds; round++)
            {
                await UntilAsync(handle, round);
                await Racer.TrySetAsync(acknowledgement.Name, round, Token);
            }
        }

        static async Task UntilAsync(IProperty handle, int expected)
        {
            // Subscribe, then read: the last published value is always found.
            while (true)
            {
                ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
                Assert.Equal(ErrorCode.Success, handle.TryGet(out int value, out _));
                if (value >= expected)
                {
                    handle.Cancel();
                    await next;
                    return;
                }

                Assert.Equal(ErrorCode.Success, await next);
            }
        }
    }
}
