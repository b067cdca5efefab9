#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about publishes that depend on a revision, and about batches.</summary>
public abstract class ConditionalPublishContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Types))]
    public async Task Compare_and_set_publishes_only_on_the_revision_that_was_read(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        PublishResult first = await Stranger.TryCompareAndSetAsync(name, ValueOf(type, 1), Revision.None, Token);
        Assert.Equal(new PublishResult(ErrorCode.Success, Store.Revision), first);
        var changed = new PublishResult(ErrorCode.Changed, first.Revision);
        Assert.Equal(changed, await Stranger.TryCompareAndSetAsync(name, ValueOf(type, 2), Revision.None, Token));
        PublishResult second = await handle.TryCompareAndSetAsync(ValueOf(type, 3), first.Revision, Token);
        Assert.Equal((ErrorCode.Success, true), (second.Code, second.Revision > first.Revision));
        Assert.Equal(changed with { Revision = second.Revision }, await handle.TryCompareAndSetAsync(ValueOf(type, 4), first.Revision, Token));
        Assert.Equal(ErrorCode.Changed, (await handle.TryCompareAndSetAsync(ValueOf(type, 4), new Revision(-1), Token)).Code);
        Assert.Equal((ErrorCode.Success, 3, second.Revision), Read(handle, type));
        Assert.Equal(second.Revision, Store.Revision);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Changed_comes_after_every_other_refusal(PropertyType type)
    {
        PropertyName name = NameOf(1);
        var wrong = new Revision(long.MaxValue);
        Assert.Equal(ErrorCode.NotFound, (await Owner.TryCompareAndSetAsync(name, ValueOf(type, 1), wrong, Token)).Code);
        await DefineAsync(name, Guarded(type, Pass, Fail));
        Assert.Equal(ErrorCode.PermissionDenied, (await Owner.TryCompareAndSetAsync(name, ValueOf(type, 1), wrong, Token)).Code);
        await DeleteAsync(name);
        await DefinedAsync(type);
        Assert.Equal(ErrorCode.Argument, (await Owner.TryCompareAndSetAsync(name, type == PropertyType.Int ? BytesOf(1) : 1, wrong, Token)).Code);
        ErrorCode tooBig = type == PropertyType.Int ? ErrorCode.Argument : ErrorCode.TooBig;
        Assert.Equal(tooBig, (await Owner.TryCompareAndSetAsync(name, new byte[PastLimit(type)], wrong, Token)).Code);
        Assert.Equal(new PublishResult(ErrorCode.Changed, Revision.None), await Owner.TryCompareAndSetAsync(name, ValueOf(type, 1), wrong, Token));
    }

    [Fact]
    public async Task An_update_is_made_of_the_value_that_it_replaces()
    {
        PropertyName name = await DefinedAsync();
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        (ErrorCode code, int value, Revision revision) = await handle.TryUpdateAsync(v => v + 5, Token);
        Assert.Equal((ErrorCode.Success, 5, Store.Revision), (code, value, revision));
        int calls = 0;
        (code, value, revision) = await handle.TryUpdateAsync(v => ++calls == 1 ? Interfere(v) : v * 2, Token);
        Assert.Equal((2, ErrorCode.Success, 14, Store.Revision), (calls, code, value, revision));
        await DeleteAsync(name);
        await SettleAsync();
        Assert.Equal((ErrorCode.NotFound, 0, Revision.None), await handle.TryUpdateAsync(v => v, Token));

        int Interfere(int seen)
        {
            Begin(Owner.TrySetAsync(name, 7, Token));
            return seen;
        }
    }

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Several_properties_are_published_under_one_revision(Delivery delivery)
    {
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = await DefinedAsync(PropertyType.ByteArray, 2);
        PropertyName c = await DefinedAsync(PropertyType.LargeByteArray, 3);
        List<PropertyChange> order = [];
        IDisposable[] subscriptions = [.. new[] { c, a, b }.Select(n => Owner.Observe(n, OptionsOf(delivery)).Subscribe(new ChangeRecorder(order.Add)))];
        await SettleAsync();
        order.Clear();
        Revision before = Store.Revision;
        Revision revision = await PublishAsync(new PropertyBatch().Set(a, 1).Set(b, BytesOf(2)).Set(c, BytesOf(3)).Set(a, 9));
        await SettleAsync();
        Assert.True(revision > before);
        Assert.Equal(revision, Store.Revision);

        // In the order in which the names were first set.
        Assert.Equal([9, 2, 3], order.Select(NumberOf));
        Assert.All(order, change => Assert.Equal(revision, change.Revision));
        Assert.Equal(new PropertyReading(ErrorCode.Success, BytesOf(2), revision), await Owner.TryReadAsync(b, Token));
        Array.ForEach(subscriptions, s => s.Dispose());
    }

    [Fact]
    public async Task A_batch_that_is_refused_publishes_nothing_and_conditions_come_before_values()
    {
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = await DefinedAsync(PropertyType.ByteArray, 2);
        PropertyName locked = NameOf(3);
        await DefineAsync(locked, Guarded(PropertyType.Int, Fail, Fail));
        Revision seen = await SetAsync(a, 1);
        (ErrorCode Code, PropertyBatch Batch)[] cases =
        [
            (ErrorCode.NotFound, Fresh().Set(NameOf(9), 1)),
            (ErrorCode.PermissionDenied, Fresh().Set(locked, 1)),
            (ErrorCode.Argument, Fresh().Set(b, 1)),
            (ErrorCode.TooBig, Fresh().Set(b, new byte[513])),
            (ErrorCode.Argument, Fresh().Set(b, 1).Set(NameOf(9), 1)),
            (ErrorCode.NotFound, Fresh().Set(NameOf(9), 1).Set(b, 1)),
            (ErrorCode.NotFound, Fresh().Set(locked, 1).Expect(NameOf(9), Revision.None)),
            (ErrorCode.PermissionDenied, Fresh().Set(NameOf(9), 1).Expect(locked, Revision.None)),
            (ErrorCode.Changed, Fresh().Set(locked, 1).Expect(b, Revision.None).Expect(a, Revision.None)),
            (ErrorCode.Argument, Fresh().Set(b, 1).Expect(a, seen)),
        ];
        foreach ((ErrorCode code, PropertyBatch batch) in cases)
        {
            Assert.Equal(new PublishResult(code, Revision.None), await Stranger.TryPublishAsync(batch, Token));
            Assert.Equal((1, seen), ((await Owner.TryReadAsync(a, Token)).Value.Int, Store.Revision));
        }

        Revision revision = await PublishAsync(Fresh().Expect(a, seen).Expect(b, Revision.None));
        Assert.True(revision > seen);
        Assert.Equal(new PublishResult(ErrorCode.Success, Revision.None), await Stranger.TryPublishAsync(new PropertyBatch(), Token));
        Assert.Equal(ErrorCode.Changed, (await Stranger.TryPublishAsync(new PropertyBatch().Expect(a, seen), Token)).Code);
        Assert.Equal(ErrorCode.Success, (await Stranger.TryPublishAsync(new PropertyBatch().Expect(a, revision), Token)).Code);
        Assert.Equal(revision, Store.Revision);

        PropertyBatch Fresh() => new PropertyBatch().Set(a, 5);
    }

    [Fact]
    public void A_batch_keeps_the_place_of_a_name_and_its_later_value_up_to_a_limit()
    {
        var batch = new PropertyBatch();
        for (uint key = 0; key < PropertyBatch.MaxCount; key++)
        {
            batch.Set(NameOf(key), 1).Expect(NameOf(0), Revision.None);
        }

        Assert.Throws<InvalidOperationException>(() => batch.Set(NameOf(PropertyBatch.MaxCount), 1));
        Assert.Throws<InvalidOperationException>(() => batch.Expect(NameOf(0), Revision.None));
        batch.Set(NameOf(0), 2);
        Assert.Equal((PropertyBatch.MaxCount, PropertyBatch.MaxCount), (batch.Count, batch.Conditions.Count));
        Assert.Equal(new(NameOf(0), 2), batch.Values[0]);
    }
}
