#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_publish_completes_a_subscription_once_and_not_on_the_publishers_thread(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        Publish(Owner, name, type, 1);
        Publish(Owner, name, type, 2);
        Assert.False(subscription.IsCompleted);
        Scheduler.Start();
        Assert.True(subscription.IsCompleted);
        Assert.Equal(ErrorCode.None, await Outcome(subscription));

        ValueTask<ErrorCode> next = handle.SubscribeAsync();
        Scheduler.Start();
        Assert.False(next.IsCompleted);
        Publish(Owner, name, type, 2);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(next));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_delete_completes_every_subscription_with_NotFound(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty one = Stranger.Attach(name);
        using IProperty two = Owner.Attach(name);
        ValueTask<ErrorCode> first = one.SubscribeAsync();
        ValueTask<ErrorCode> second = two.SubscribeAsync();
        Owner.Delete(name);
        Defined(type);
        Scheduler.Start();
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (await Outcome(first), await Outcome(second)));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_subscription_before_the_definition_waits_for_the_publish(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty handle = Stranger.Attach(name);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        Defined(type);
        Scheduler.Start();
        Assert.False(subscription.IsCompleted);
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(subscription));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_definition_refuses_who_waited_and_may_not_read(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty refused = Stranger.Attach(name);
        using IProperty allowed = Owner.Attach(name);
        ValueTask<ErrorCode> no = refused.SubscribeAsync();
        ValueTask<ErrorCode> yes = allowed.SubscribeAsync();
        Owner.Define(name, type, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), SecurityPolicy.AlwaysPass);
        Scheduler.Start();
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(no));
        Assert.False(yes.IsCompleted);

        ValueTask<ErrorCode> again = refused.SubscribeAsync();
        Assert.False(again.IsCompleted);
        Scheduler.Start();
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(again));
        Publish(Stranger, name, type, 1);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, await Outcome(yes));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Cancel_completes_at_once_and_wins_over_a_publish_that_was_not_yet_delivered(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        handle.Cancel();
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        handle.Cancel();
        Assert.True(subscription.IsCompleted);
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));

        ValueTask<ErrorCode> published = handle.SubscribeAsync();
        Publish(Owner, name, type, 1);
        handle.Cancel();
        Assert.Equal(ErrorCode.Cancel, await Outcome(published));
        Scheduler.Start();

        ValueTask<ErrorCode> delivered = handle.SubscribeAsync();
        Publish(Owner, name, type, 1);
        Scheduler.Start();
        handle.Cancel();
        Assert.Equal(ErrorCode.None, await Outcome(delivered));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Cancelling_the_first_of_a_batch_leaves_the_others_their_code(PropertyType type)
    {
        PropertyName name = Defined(type, 1);
        PropertyName other = Defined(type, 2);
        IProperty[] handles = [.. Enumerable.Range(0, 4).Select(_ => Stranger.Attach(name))];
        using IProperty separate = Stranger.Attach(other);
        ValueTask<ErrorCode>[] subscriptions = [.. handles.Select(h => h.SubscribeAsync())];
        ValueTask<ErrorCode> last = separate.SubscribeAsync();
        Owner.Delete(name);
        Publish(Owner, other, type, 1);
        handles[0].Cancel();
        handles[1].Dispose();
        handles[3].Cancel();
        Scheduler.Start();
        ErrorCode[] codes = [await Outcome(subscriptions[0]), await Outcome(subscriptions[1]), await Outcome(subscriptions[2]), await Outcome(subscriptions[3]), await Outcome(last)];
        Assert.Equal([ErrorCode.Cancel, ErrorCode.Cancel, ErrorCode.NotFound, ErrorCode.Cancel, ErrorCode.None], codes);
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Closing_the_handle_cancels_its_subscription(PropertyType type)
    {
        PropertyName name = Defined(type);
        IProperty handle = Stranger.Attach(name);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        handle.Dispose();
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));
        Assert.Throws<ObjectDisposedException>(() => { _ = handle.SubscribeAsync().AsTask(); });
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task Disposing_the_store_cancels_what_is_outstanding(PropertyType type)
    {
        using IProperty handle = Stranger.Attach(Defined(type));
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_second_outstanding_subscription_is_misuse(PropertyType type)
    {
        using IProperty handle = Stranger.Attach(Defined(type));
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync();
        Assert.Throws<InvalidOperationException>(() => { _ = handle.SubscribeAsync().AsTask(); });
        Assert.False(subscription.IsCompleted);
        handle.Cancel();
        Assert.True(subscription.IsCompletedSuccessfully);
        _ = handle.SubscribeAsync().AsTask();
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Completions_come_in_subscription_order_and_across_properties_in_publish_order(PropertyType type)
    {
        PropertyName a = Defined(type, 1);
        PropertyName b = Defined(type, 2);
        List<string> order = [];
        var handles = new List<IProperty>();
        foreach ((PropertyName name, string label) in new[] { (b, "b1"), (a, "a1"), (a, "a2"), (b, "b2") })
        {
            IProperty handle = Stranger.Attach(name);
            handles.Add(handle);
            _ = Note(handle, label);
        }

        Publish(Owner, a, type, 1);
        Publish(Owner, b, type, 1);
        Scheduler.Start();
        Assert.Equal(["a1", "a2", "b1", "b2"], order);
        handles.ForEach(h => h.Dispose());

        async Task Note(IProperty handle, string label)
        {
            Assert.Equal(ErrorCode.None, await handle.SubscribeAsync());
            order.Add(label);
        }
    }

    [Fact]
    public void A_woken_subscriber_may_subscribe_and_publish_again()
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty handle = Owner.Attach(name);
        int rounds = 0;
        Task loop = Loop();
        handle.Set(0);
        Scheduler.Start();
        Assert.True(loop.IsCompletedSuccessfully);
        Assert.Equal(1000, rounds);

        async Task Loop()
        {
            ValueTask<ErrorCode> next = handle.SubscribeAsync();
            while (rounds < 1000)
            {
                await next;
                next = handle.SubscribeAsync();
                handle.Set(++rounds);
            }
        }
    }
}
