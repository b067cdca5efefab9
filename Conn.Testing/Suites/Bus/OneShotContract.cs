#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about one-shot subscriptions: what completes them, with which code, once.</summary>
public abstract class OneShotContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_publish_completes_a_subscription_once_and_not_on_the_publishers_thread(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        await SetAsync(name, ValueOf(type, 1));
        await SetAsync(name, ValueOf(type, 2));
        Assert.False(subscription.IsCompleted);
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(subscription));

        ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
        await SettleAsync();
        Assert.False(next.IsCompleted);

        // The same value is a publish too.
        await SetAsync(name, ValueOf(type, 2));
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(next));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_delete_completes_every_subscription_with_NotFound(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty one = await Stranger.AttachAsync(name, Token);
        using IProperty two = await Owner.AttachAsync(name, Token);
        ValueTask<ErrorCode> first = one.SubscribeAsync(Token);
        ValueTask<ErrorCode> second = two.SubscribeAsync(Token);
        await DeleteAsync(name);
        await DefinedAsync(type);
        await SettleAsync();
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (await Outcome(first), await Outcome(second)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_subscription_before_the_definition_waits_for_the_publish_unless_the_definition_refuses_it(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty refused = await Stranger.AttachAsync(name, Token);
        using IProperty allowed = await Owner.AttachAsync(name, Token);
        ValueTask<ErrorCode> no = refused.SubscribeAsync(Token);
        ValueTask<ErrorCode> yes = allowed.SubscribeAsync(Token);
        await SettleAsync();
        Assert.False(no.IsCompleted || yes.IsCompleted);
        await DefineAsync(name, Guarded(type, Owners, Pass));
        await SettleAsync();
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(no));
        Assert.False(yes.IsCompleted);
        ValueTask<ErrorCode> again = refused.SubscribeAsync(Token);
        await SettleAsync();
        Assert.Equal(ErrorCode.PermissionDenied, await Outcome(again));
        await Stranger.TrySetAsync(name, ValueOf(type, 1), Token);
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(yes));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Cancel_completes_before_it_returns_and_comes_before_a_publish_that_was_not_delivered(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        handle.Cancel();
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        handle.Cancel();
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));

        ValueTask<ErrorCode> published = handle.SubscribeAsync(Token);
        await SetAsync(name, ValueOf(type, 1));
        handle.Cancel();
        Assert.Equal(ErrorCode.Cancel, await Outcome(published));
        await SettleAsync();

        ValueTask<ErrorCode> delivered = handle.SubscribeAsync(Token);
        await SetAsync(name, ValueOf(type, 1));
        await SettleAsync();
        handle.Cancel();
        Assert.Equal(ErrorCode.Success, await Outcome(delivered));
    }

    [Fact]
    public async Task A_cancelled_token_ends_the_subscription_and_frees_the_slot()
    {
        PropertyName name = await DefinedAsync();
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        using var source = new CancellationTokenSource();
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(source.Token);
        await source.CancelAsync();
        OperationCanceledException ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Outcome(subscription));
        Assert.Equal(source.Token, ended.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await handle.SubscribeAsync(source.Token));

        // The next subscription has nothing to do with that token, nor one that completed before its own was cancelled.
        using var late = new CancellationTokenSource();
        ValueTask<ErrorCode> next = handle.SubscribeAsync(late.Token);
        await SetAsync(name, 1);
        await SettleAsync();
        await late.CancelAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(next));
        ValueTask<ErrorCode> last = handle.SubscribeAsync(Token);
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(last));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Closing_the_handle_cancels_its_subscription_and_refuses_every_later_call(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        IProperty handle = await Stranger.AttachAsync(name, Token);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        handle.Dispose();
        handle.Dispose();
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));
        await AssertClosedAsync(handle);
        Assert.Throws<ObjectDisposedException>(handle.Cancel);
        Assert.Equal(name, handle.Name);
        await SetAsync(name, ValueOf(type, 1));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Disposing_the_store_cancels_what_is_outstanding_and_refuses_every_later_call(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        using IProperty other = await Stranger.AttachAsync(NameOf(2), Token);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        ValueTask<ErrorCode> undefined = other.SubscribeAsync(Token);
        await Store.DisposeAsync();
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal((ErrorCode.Cancel, ErrorCode.Cancel), (await Outcome(subscription), await Outcome(undefined)));
        await AssertClosedAsync(handle);
        await AssertClosedAsync(other);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.TryReadAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.TrySetAsync(name, 1, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.TryPublishAsync(new PropertyBatch(), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.TryDefineAsync(NameOf(3), Open(type), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.TryDeleteAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.AttachAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.ListAsync(null, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Owner.HasSubscribersAsync(name, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.ListSubscriptionsAsync(Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.OpenAsync(Owner.Identity, Token));
        handle.Dispose();
        await Owner.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_second_outstanding_subscription_is_misuse(PropertyType type)
    {
        using IProperty handle = await Stranger.AttachAsync(await DefinedAsync(type), Token);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await handle.SubscribeAsync(Token));
        Assert.False(subscription.IsCompleted);
        handle.Cancel();
        Assert.Equal(ErrorCode.Cancel, await Outcome(subscription));
        ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
        handle.Cancel();
        Assert.Equal(ErrorCode.Cancel, await Outcome(next));
    }

    [Fact]
    public async Task Cancel_after_the_completion_and_before_its_await_changes_nothing()
    {
        using IProperty handle = await Stranger.AttachAsync(await DefinedAsync(), Token);
        ValueTask<ErrorCode> subscription = handle.SubscribeAsync(Token);
        await SetAsync(handle.Name, 1);
        await SettleAsync();
        handle.Cancel();
        Assert.Equal(ErrorCode.Success, await Outcome(subscription));
    }

    [Fact]
    public async Task A_completion_is_taken_once()
    {
        using IProperty handle = await Stranger.AttachAsync(await DefinedAsync(), Token);
        Task<ErrorCode> taken = handle.SubscribeAsync(Token).AsTask();
        handle.Cancel();
        await SettleAsync();
        Assert.True(taken.IsCompletedSuccessfully);

        // A completion that was not awaited is given up by the next subscription.
        ValueTask<ErrorCode> givenUp = handle.SubscribeAsync(Token);
        await SetAsync(handle.Name, 1);
        await SettleAsync();
        ValueTask<ErrorCode> next = handle.SubscribeAsync(Token);
        await DeleteAsync(handle.Name);
        await SettleAsync();
        Assert.Equal(ErrorCode.NotFound, await Outcome(next));
        Assert.Throws<InvalidOperationException>(() => { _ = givenUp.IsCompleted; });
        Assert.Throws<InvalidOperationException>(() => { _ = next.IsCompleted; });
        Assert.Equal(ErrorCode.Cancel, await taken);
    }

    private static async Task AssertClosedAsync(IProperty handle)
    {
        Assert.Throws<ObjectDisposedException>(() => handle.TryGet(out int _, out Revision _));
        Assert.Throws<ObjectDisposedException>(() => handle.TryGet(new byte[8], out int _, out Revision _));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handle.TrySetAsync(1, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handle.TryCompareAndSetAsync(1, Revision.None, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await handle.SubscribeAsync(Token));
    }
}
