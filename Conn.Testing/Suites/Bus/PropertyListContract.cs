#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about its lists: of properties, and of subscribers.</summary>
public abstract class PropertyListContract : PropertyStoreSuite
{
    private static readonly SecureId Strangers = new(StrangerSid);

    [Fact]
    public async Task A_list_has_what_may_be_read_in_order_with_its_values()
    {
        PropertyName b = await DefinedAsync(PropertyType.Int, 2);
        PropertyName a = await DefinedAsync(PropertyType.ByteArray, 1);
        await DefineAsync(NameOf(3), Guarded(PropertyType.Int, Owners, Pass));
        PropertyDefinition ofClient = Open(PropertyType.LargeByteArray) with { Lifetime = PropertyLifetime.Client };
        await Stranger.TryDefineAsync(new PropertyName(PropertyName.OwnCategory, 8), ofClient, Token);
        Revision revision = await SetAsync(b, 4);
        using IProperty undefined = await Stranger.AttachAsync(NameOf(5), Token);
        IReadOnlyList<PropertyInfo> list = await Stranger.ListAsync(null, Token);
        Assert.Equal([a, b, new PropertyName(StrangerSid, 8)], list.Select(p => p.Name));
        Assert.Equal([a, b, NameOf(3)], (await Owner.ListAsync(OwnerSid, Token)).Select(p => p.Name));
        Assert.Empty(await Owner.ListAsync(7, Token));
        PropertyInfo info = list[1];
        Assert.Equal((PropertyType.Int, new SecureId(OwnerSid), PropertyLifetime.Store), (info.Type, info.Owner, info.Lifetime));
        Assert.Equal((PropertyChangeKind.Value, 4, revision), (info.Current.Kind, info.Current.Value, info.Current.Revision));
        Assert.Equal((PropertyType.LargeByteArray, Strangers, PropertyLifetime.Client), (list[2].Type, list[2].Owner, list[2].Lifetime));
    }

    [Fact]
    public async Task A_list_of_subscribers_has_subscriptions_observations_and_watches()
    {
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = NameOf(2);
        Assert.Empty(await Store.ListSubscriptionsAsync(Token));
        Assert.False(await Stranger.HasSubscribersAsync(a, Token));
        using IProperty handle = await Stranger.AttachAsync(b, Token);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync(Token);
        Observed(Owner, a, OptionsOf(Delivery.Latest), out IDisposable latest);
        Observed(a, Delivery.Buffered, out IDisposable buffered);
        using IDisposable watch = Stranger.Watch(OwnerSid).Subscribe(new EventRecorder(RankOf));
        await SettleAsync();
        Revision revision = await SetAsync(a, 1);
        await SettleAsync();
        Assert.Equal(
            [
                new SubscriptionInfo(SubscriptionKind.Latest, a, null, new SecureId(OwnerSid), revision, 0),
                new SubscriptionInfo(SubscriptionKind.Buffered, a, null, Strangers, revision, 0),
                new SubscriptionInfo(SubscriptionKind.OneShot, b, null, Strangers, Revision.None, 0),
                new SubscriptionInfo(SubscriptionKind.Watch, null, OwnerSid, Strangers, revision, 0),
            ],
            (await Store.ListSubscriptionsAsync(Token)).OrderBy(s => s.Name is null).ThenBy(s => s.Name?.Key).ThenBy(s => s.Kind));
        Assert.True(await Owner.HasSubscribersAsync(a, Token) && await Owner.HasSubscribersAsync(b, Token));
        handle.Cancel();
        latest.Dispose();
        buffered.Dispose();
        Assert.False(await Owner.HasSubscribersAsync(a, Token) || await Owner.HasSubscribersAsync(b, Token));
        Assert.Equal(ErrorCode.Cancel, await Outcome(pending));
        Assert.Equal(SubscriptionKind.Watch, Assert.Single(await Store.ListSubscriptionsAsync(Token)).Kind);
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task An_observer_that_left_is_not_in_the_list_although_others_of_its_property_are(Delivery delivery)
    {
        PropertyName name = await DefinedAsync();
        Observed(Owner, name, OptionsOf(delivery), out IDisposable first);
        Observed(Stranger, name, OptionsOf(delivery), out IDisposable second);
        Observed(Owner, name, OptionsOf(delivery), out IDisposable third);
        first.Dispose();
        third.Dispose();
        Assert.Equal(new SecureId(StrangerSid), Assert.Single(await Store.ListSubscriptionsAsync(Token)).Subscriber);
        second.Dispose();
        Assert.Empty(await Store.ListSubscriptionsAsync(Token));
    }

    [Fact]
    public async Task An_inline_observer_is_in_the_list_with_what_it_received()
    {
        ObserveOptions inline = OptionsOf(Delivery.Inline);
        PropertyName name = await DefinedAsync();
        Observed(Stranger, name, inline, out IDisposable first);
        SubscriptionInfo info = Assert.Single(await Store.ListSubscriptionsAsync(Token));
        Assert.Equal(new SubscriptionInfo(SubscriptionKind.Inline, name, null, Strangers, Revision.None, 0), info);
        Revision revision = await SetAsync(name, 1);
        Observed(Owner, name, inline, out IDisposable second);
        Assert.Equal([revision, revision], (await Store.ListSubscriptionsAsync(Token)).Select(s => s.Delivered));
        first.Dispose();
        Assert.Equal(new SecureId(OwnerSid), Assert.Single(await Store.ListSubscriptionsAsync(Token)).Subscriber);
        second.Dispose();
        Assert.False(await Owner.HasSubscribersAsync(name, Token));
    }

    [Fact]
    public async Task A_cancelled_token_refuses_a_list_of_subscribers() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListSubscriptionsAsync(new CancellationToken(canceled: true)));
}
