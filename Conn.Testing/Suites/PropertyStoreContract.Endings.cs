#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>What was accepted before a stream ends is told before its end.</remarks>
public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int, 0, true)]
    [InlineData(PropertyType.Int, 0, false)]
    [InlineData(PropertyType.Int, 16, true)]
    [InlineData(PropertyType.Int, 64, false)]
    [InlineData(PropertyType.ByteArray, 0, true)]
    [InlineData(PropertyType.ByteArray, 16, false)]
    [InlineData(PropertyType.LargeByteArray, 0, false)]
    [InlineData(PropertyType.LargeByteArray, 64, true)]
    public void What_was_accepted_is_told_before_the_end_of_the_store(PropertyType type, int buffer, bool toldBefore)
    {
        PropertyName name = Defined(type);
        var recorder = new Recorder([]);
        using IDisposable subscription = Stranger.Observe(name, new ObserveOptions { Buffer = buffer }).Subscribe(recorder);
        if (toldBefore)
        {
            Scheduler.Start();
        }

        int publishes = Math.Max(3, buffer);
        for (int i = 1; i <= publishes; i++)
        {
            Publish(Owner, name, type, i);
        }

        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(
            buffer > 0 ? Enumerable.Range(0, publishes + 1) : toldBefore ? [0, publishes] : [publishes],
            recorder.Seen.Select(NumberOf));
        Assert.All(recorder.Seen, c => Assert.Equal((PropertyChangeKind.Value, 0), (c.Kind, c.Dropped)));
        Assert.Equal((1, null), (recorder.Completions, recorder.Error));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(4, true)]
    [InlineData(4, false)]
    public void What_was_accepted_is_told_before_a_definition_refuses_and_nothing_after_it(int buffer, bool toldBefore)
    {
        PropertyName name = Defined(PropertyType.Int);
        var recorder = new Recorder([]);
        using IDisposable subscription = Stranger.Observe(name, new ObserveOptions { Buffer = buffer }).Subscribe(recorder);
        if (toldBefore)
        {
            Scheduler.Start();
        }

        Owner.Set(name, 1);
        Owner.Set(name, 2);
        Owner.Delete(name);
        Owner.Define(name, PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass);
        for (int i = 0; i < 10; i++)
        {
            Owner.Set(name, 99);
        }

        Scheduler.Start();
        PropertyChangeKind last = buffer == 0 && !toldBefore ? PropertyChangeKind.Undefined : PropertyChangeKind.Deleted;
        Assert.Equal(
            buffer > 0 ? ["Value 0", "Value 1", "Value 2", "Deleted 0"] : toldBefore ? ["Value 0", "Deleted 0"] : ["Undefined 0"],
            recorder.Seen.Select(c => $"{c.Kind} {c.Value}"));
        Assert.Equal(last, recorder.Seen[^1].Kind);
        Assert.Equal(ErrorCode.PermissionDenied, Assert.IsType<ConnException>(recorder.Error).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_an_inline_observer_publishes_before_it_ends_the_store_is_told_before_the_end(bool distinct)
    {
        PropertyName name = Defined(PropertyType.Int);
        var options = new ObserveOptions { Delivery = Delivery.Inline, Distinct = distinct };
        var first = new Recorder([])
        {
            Then = change =>
            {
                if (change.Value == 1)
                {
                    Owner.Set(name, 2);
                    Owner.Set(name, 3);
                    Store.Dispose();
                }
            },
        };
        using IDisposable one = Stranger.Observe(name, options).Subscribe(first);
        var second = new Recorder([]);
        using IDisposable two = Stranger.Observe(name, options).Subscribe(second);
        Owner.Set(name, 1);
        Scheduler.Start();
        Assert.Equal(["0", "1", "3", "end 1"], [.. first.Seen.Select(c => $"{c.Value}"), $"end {first.Completions}"]);
        Assert.Equal(["0", "1", "3", "end 1"], [.. second.Seen.Select(c => $"{c.Value}"), $"end {second.Completions}"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_inline_observer_is_not_told_again_at_its_end(bool refused)
    {
        PropertyName name = Defined(PropertyType.Int);
        var recorder = new Recorder([]);
        using IDisposable subscription = Stranger.Observe(name, new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(recorder);
        Owner.Set(name, 1);
        Owner.Delete(name);
        if (refused)
        {
            Owner.Define(name, PropertyType.Int, SecurityPolicy.AlwaysFail, Pass);
            Owner.Set(name, 2);
        }

        Store.Dispose();
        Assert.Equal([PropertyChangeKind.Value, PropertyChangeKind.Value, PropertyChangeKind.Deleted], recorder.Seen.Select(c => c.Kind));
        Assert.Equal((refused ? 0 : 1, refused), (recorder.Completions, recorder.Error is not null));
    }

    [Theory]
    [InlineData(Delivery.Queued, 0)]
    [InlineData(Delivery.Queued, 4)]
    [InlineData(Delivery.Inline, 0)]
    public void An_observer_that_throws_at_its_last_element_is_told_the_end(Delivery delivery, int buffer)
    {
        PropertyName name = Defined(PropertyType.Int);
        var recorder = new Recorder([]) { Then = c => throw new InvalidOperationException($"{c.Value}") };
        using IDisposable subscription = Stranger.Observe(name, new ObserveOptions { Delivery = delivery, Buffer = buffer }).Subscribe(recorder);
        Scheduler.Start();
        Owner.Set(name, 1);
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal((1, 2), (recorder.Completions, recorder.Seen.Count));
        Assert.Equal(["0", "1"], Failures.Select(f => f.Message));
    }

    [Fact(Timeout = 30000)]
    public async Task A_wait_finds_what_was_published_before_the_end_of_the_store()
    {
        PropertyName name = Defined(PropertyType.Int);
        Task<PropertyChange> wait = Stranger.WaitForAsync(name, c => c.Value == 5, Token);
        Scheduler.Start();
        Owner.Set(name, 5);
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(5, (await wait).Value);
    }
}
