#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the end of a stream: what was accepted before it is delivered before it, and nothing after it.</summary>
public abstract class StreamEndContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(TypesAndDeliveries))]
    public async Task What_was_accepted_is_delivered_before_the_end_of_the_store(PropertyType type, Delivery delivery)
    {
        foreach (bool hadFirst in new[] { true, false })
        {
            await RunAsync(await NewStoreAsync(new PropertyStoreOptions { Scheduler = Scheduler }), hadFirst);
        }

        async Task RunAsync(IPropertyStore store, bool hadFirst)
        {
            IPropertyClient client = await OpenAsync(store, OwnerSid);
            await client.TryDefineAsync(NameOf(1), Open(type), Token);
            ChangeRecorder recorder = Observed(client, NameOf(1), OptionsOf(delivery), out IDisposable subscription);
            if (hadFirst)
            {
                await SettleAsync();
            }

            for (int i = 1; i <= 40; i++)
            {
                await client.TrySetAsync(NameOf(1), ValueOf(type, i), Token);
            }

            await store.DisposeAsync();
            await SettleAsync();
            IEnumerable<int> expected = delivery != Delivery.Latest ? Enumerable.Range(0, 41) : hadFirst ? [0, 40] : [40];
            Assert.Equal(expected, recorder.Seen.Select(NumberOf));
            Assert.All(recorder.Seen, c => Assert.Equal((PropertyChangeKind.Value, 0), (c.Kind, c.Dropped)));
            Assert.Equal((1, null), (recorder.Completions, recorder.Error));
            subscription.Dispose();
        }
    }

    [Theory]
    [InlineData(Delivery.Latest, true, "0 Deleted")]
    [InlineData(Delivery.Latest, false, "Undefined")]
    [InlineData(Delivery.Buffered, true, "0 1 2 Deleted")]
    [InlineData(Delivery.Buffered, false, "0 1 2 Deleted")]
    [InlineData(Delivery.Inline, true, "0 1 2 Deleted")]
    public async Task What_was_accepted_is_delivered_before_a_definition_refuses_and_nothing_after_it(Delivery delivery, bool hadFirst, string expected)
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder recorder = Observed(name, delivery, out IDisposable subscription);
        if (hadFirst)
        {
            await SettleAsync();
        }

        await SetAsync(name, 1);
        await SetAsync(name, 2);
        await DeleteAsync(name);
        await DefineAsync(name, Guarded(PropertyType.Int, Owners, Pass));
        for (int i = 0; i < 10; i++)
        {
            await SetAsync(name, 99);
        }

        await SettleAsync();
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal(expected, string.Join(' ', recorder.Lines));
        Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(recorder.Error).Code);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Disposing_a_client_completes_its_streams_and_no_other(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        IPropertyClient twin = await Store.OpenAsync(Stranger.Identity, Token);
        ChangeRecorder ended = Observed(Stranger, name, OptionsOf(delivery), out IDisposable first);
        ChangeRecorder other = Observed(twin, name, OptionsOf(delivery), out IDisposable second);
        await SettleAsync();
        await SetAsync(name, 1);
        await Stranger.DisposeAsync();
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal(["0", "1"], ended.Lines);
        Assert.Equal((1, 0), (ended.Completions, other.Completions));
        Assert.Equal("2", other.Lines.Last());
        Assert.Throws<ObjectDisposedException>(() => Stranger.Observe(name));
        Assert.Throws<ObjectDisposedException>(() => Stranger.ObserveField(name, 1));
        first.Dispose();
        second.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_inline_observer_publishes_before_it_ends_the_store_is_delivered_before_the_end(bool distinct)
    {
        ObserveOptions options = OptionsOf(Delivery.Inline) with { Distinct = distinct };
        PropertyName name = await DefinedAsync();
        var first = new ChangeRecorder(change =>
        {
            if (change.Value == 1)
            {
                Begin(Owner.TrySetAsync(name, 2, Token));
                Begin(Owner.TrySetAsync(name, 3, Token));
                _ = Store.DisposeAsync().AsTask();
            }
        });
        using IDisposable one = Stranger.Observe(name, options).Subscribe(first);
        ChangeRecorder second = Observed(Stranger, name, options, out IDisposable two);
        await SetAsync(name, 1);
        await SettleAsync();
        Assert.All([first, second], r => Assert.Equal(["0", "1", "3", "end 1"], [.. r.Lines, $"end {r.Completions}"]));
        two.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task An_observer_that_throws_at_its_last_element_gets_the_end(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        var recorder = new ChangeRecorder(change => throw new InvalidOperationException($"{change.Value}"));
        using IDisposable subscription = Stranger.Observe(name, OptionsOf(delivery)).Subscribe(recorder);
        await SettleAsync();
        await SetAsync(name, 1);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal((1, 2), (recorder.Completions, recorder.Seen.Count));
        Assert.Equal(["0", "1"], Failures.Select(f => f.Message));
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_disposed_observer_gets_no_end(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        ChangeRecorder recorder = Observed(name, delivery, out IDisposable subscription);
        await SettleAsync();
        subscription.Dispose();
        await Stranger.DisposeAsync();
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal(("0", 0, null), (recorder.Lines.Single(), recorder.Completions, recorder.Error));
    }
}
