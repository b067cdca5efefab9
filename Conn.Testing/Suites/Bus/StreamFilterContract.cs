#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about the options of a stream: which elements are skipped, and which options are refused.</summary>
public abstract class StreamFilterContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(TypesAndDeliveries))]
    public async Task A_distinct_observer_does_not_receive_the_same_value_again(PropertyType type, Delivery delivery)
    {
        PropertyName name = await DefinedAsync(type);
        ChangeRecorder recorder = Observed(Stranger, name, OptionsOf(delivery) with { Distinct = true }, out IDisposable subscription);
        foreach (int value in new[] { 1, 1, 2, 2, 1 })
        {
            await SettleAsync();
            await SetAsync(name, ValueOf(type, value));
        }

        await SettleAsync();
        await DeleteAsync(name);
        await SettleAsync();
        await DefinedAsync(type);
        await SetAsync(name, ValueOf(type, 1));
        await SettleAsync();
        Assert.Equal(["0", "1", "2", "1", "Deleted", "1"], recorder.Lines);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task An_observer_may_skip_what_its_own_client_published(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        IPropertyClient twin = await Store.OpenAsync(Owner.Identity, Token);
        using IProperty handle = await Owner.AttachAsync(name, Token);
        ChangeRecorder recorder = Observed(Owner, name, OptionsOf(delivery) with { SkipOwn = true }, out IDisposable subscription);
        await SettleAsync();
        Func<Task>[] steps =
        [
            async () => await SetAsync(name, 1),
            async () => await twin.TrySetAsync(name, 2, Token),
            async () => await handle.TrySetAsync(3, Token),
            async () => await Stranger.TrySetAsync(name, 4, Token),
            async () => await Owner.TryPublishAsync(new PropertyBatch().Set(name, 5), Token),
            async () => await DeleteAsync(name),
        ];
        foreach (Func<Task> step in steps)
        {
            await step();
            await SettleAsync();
        }

        Assert.Equal(["0", "2", "4"], recorder.Lines);
        subscription.Dispose();
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task A_field_has_an_element_only_when_its_bits_change(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        var recorder = new ChangeRecorder();
        using IDisposable subscription = Owner.ObserveField(name, 0x0FF, OptionsOf(delivery)).Subscribe(recorder);
        foreach (int value in new[] { 0x000, 0x102, 0x202, 0x302, 0x104, 0x104 })
        {
            await SettleAsync();
            await SetAsync(name, value);
        }

        await SettleAsync();
        await DeleteAsync(name);
        await SettleAsync();
        await DefinedAsync(PropertyType.ByteArray);
        foreach (int value in new[] { 7, 7 })
        {
            await SetAsync(name, BytesOf(value));
            await SettleAsync();
        }

        Assert.Equal([$"{0x000}", $"{0x102}", $"{0x104}", "Deleted", "7", "7"], recorder.Lines);
    }

    [Fact(Timeout = 30000)]
    public async Task An_enumeration_refuses_inline_delivery()
    {
        await using IAsyncEnumerator<PropertyChange> stream = Stranger.ObserveAsync(NameOf(1), ObserveOptions.Inline, Token).GetAsyncEnumerator(Token);
        await Assert.ThrowsAsync<ArgumentException>(async () => await stream.MoveNextAsync());
    }

    [Fact]
    public void Options_that_do_not_apply_or_are_out_of_range_are_refused_when_the_stream_is_made()
    {
        ObserveOptions[] illegal =
        [
            new() { Delivery = (Delivery)3 }, new() { Delivery = (Delivery)(-1) },
            new() { Capacity = 1 }, ObserveOptions.Inline with { Capacity = 1 }, ObserveOptions.Inline with { Scheduler = ImmediateScheduler.Instance },
            ObserveOptions.Buffered(0), ObserveOptions.Buffered(-1), ObserveOptions.Buffered(ObserveOptions.MaxCapacity + 1),
        ];
        Assert.All(illegal, options =>
        {
            Assert.Throws<ArgumentException>(() => Stranger.Observe(NameOf(1), options));
            Assert.Throws<ArgumentException>(() => Stranger.ObserveField(NameOf(1), 1, options));
            Assert.ThrowsAny<ArgumentException>(() => Stranger.ObserveBurMode(options));
        });
        Assert.NotNull(Stranger.Observe(NameOf(1), ObserveOptions.Buffered(ObserveOptions.MaxCapacity)));
    }
}
