#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Compare_and_set_publishes_only_on_the_stamp_that_was_read(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        Assert.Equal(ErrorCode.None, Exchange(Stranger, name, type, 1, Stamp.Never, out Stamp first));
        Assert.Equal(first, Store.Revision);
        Assert.Equal(ErrorCode.Changed, Exchange(Stranger, name, type, 2, Stamp.Never, out Stamp found));
        Assert.Equal(first, found);
        Assert.Equal(ErrorCode.None, Exchange(handle, type, 3, first, out Stamp second));
        Assert.True(second > first);
        Assert.Equal(ErrorCode.Changed, Exchange(handle, type, 4, first, out found));
        Assert.Equal(ErrorCode.Changed, Exchange(handle, type, 4, new Stamp(-1), out _));
        Read(Owner, name, type, out int number, out Stamp stamp);
        Assert.Equal((3, second, second, second), (number, stamp, found, Store.Revision));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Changed_comes_after_every_other_refusal(PropertyType type)
    {
        PropertyName name = NameOf(1);
        var wrong = new Stamp(77);
        Assert.Equal(ErrorCode.NotFound, Exchange(Owner, name, type, 1, wrong, out _));
        Owner.Define(name, type, Pass, SecurityPolicy.AlwaysFail);
        Assert.Equal(ErrorCode.PermissionDenied, Exchange(Owner, name, type, 1, wrong, out _));
        Owner.Delete(name);
        Defined(type);
        Assert.Equal(ErrorCode.Argument, type == PropertyType.Int ? Owner.CompareAndSet(name, BytesOf(1), wrong, out _) : Owner.CompareAndSet(name, 1, wrong, out _));
        if (type != PropertyType.Int)
        {
            Assert.Equal(ErrorCode.TooBig, Owner.CompareAndSet(name, new byte[PastLimit(type)], wrong, out _));
        }

        Assert.Equal(ErrorCode.Changed, Exchange(Owner, name, type, 1, wrong, out Stamp found));
        Assert.Equal(Stamp.Never, found);
    }

    [Fact]
    public void An_update_is_made_of_the_value_it_replaces()
    {
        PropertyName name = Defined(PropertyType.Int);
        using IProperty handle = Stranger.Attach(name);
        Assert.Equal(ErrorCode.None, Stranger.Update(name, v => v + 5, out int value, out Stamp stamp));
        Assert.Equal((5, Store.Revision), (value, stamp));
        int calls = 0;
        Assert.Equal(ErrorCode.None, handle.Update(v => ++calls == 1 ? Meddle(v) : v * 2, out value, out stamp));
        Assert.Equal((2, 14, Store.Revision), (calls, value, stamp));
        Owner.Delete(name);
        Assert.Equal(ErrorCode.NotFound, handle.Update(v => v, out _, out _));

        int Meddle(int seen)
        {
            Owner.Set(name, 7);
            return seen;
        }
    }

    [Theory]
    [InlineData(Delivery.Queued)]
    [InlineData(Delivery.Inline)]
    public void Several_properties_are_published_under_one_revision(Delivery delivery)
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        PropertyName b = Defined(PropertyType.ByteArray, 2);
        PropertyName c = Defined(PropertyType.LargeByteArray, 3);
        List<PropertyChange> seen = [];
        using IDisposable one = Observe(a, delivery, seen);
        using IDisposable two = Observe(b, delivery, seen);
        using IDisposable three = Observe(c, delivery, seen);
        Scheduler.Start();
        seen.Clear();
        Stamp before = Store.Revision;
        Assert.Equal(ErrorCode.None, Stranger.Publish(new PropertyBatch().Set(a, 1).Set(b, BytesOf(2)).Set(c, BytesOf(3)).Set(a, 9), out Stamp stamp));
        Scheduler.Start();
        Assert.Equal(before.Value + 1, stamp.Value);
        Assert.Equal(stamp, Store.Revision);
        Assert.Equal([9, 2, 3], seen.Select(NumberOf));
        Assert.All(seen, s => Assert.Equal(stamp, s.Stamp));
        Read(Owner, b, PropertyType.ByteArray, out int number, out Stamp read);
        Assert.Equal((2, stamp), (number, read));
    }

    [Fact]
    public void A_batch_that_is_refused_publishes_nothing()
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        PropertyName b = Defined(PropertyType.ByteArray, 2);
        PropertyName locked = NameOf(3);
        Owner.Define(locked, PropertyType.Int, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail);
        Owner.Set(a, 1);
        Owner.Get(a, out _, out Stamp seen);
        (ErrorCode Code, PropertyBatch Batch)[] cases =
        [
            (ErrorCode.NotFound, Fresh().Set(NameOf(9), 1)),
            (ErrorCode.PermissionDenied, Fresh().Set(locked, 1)),
            (ErrorCode.Argument, Fresh().Set(b, 1)),
            (ErrorCode.TooBig, Fresh().Set(b, new byte[513])),
            (ErrorCode.NotFound, Fresh().Set(locked, 1).Expect(NameOf(9), Stamp.Never)),
            (ErrorCode.PermissionDenied, Fresh().Set(NameOf(9), 1).Expect(locked, Stamp.Never)),
            (ErrorCode.Changed, Fresh().Set(locked, 1).Expect(b, Stamp.Never).Expect(a, Stamp.Never)),
        ];
        foreach ((ErrorCode code, PropertyBatch batch) in cases)
        {
            Assert.Equal(code, Stranger.Publish(batch, out Stamp none));
            Assert.Equal((Stamp.Never, seen), (none, Store.Revision));
        }

        Assert.Equal(ErrorCode.None, Stranger.Publish(Fresh().Expect(a, seen).Expect(b, Stamp.Never), out Stamp stamp));
        Assert.Equal(seen.Value + 1, stamp.Value);
        Assert.Equal(ErrorCode.None, Stranger.Publish(new PropertyBatch(), out _));
        Assert.Equal(stamp, Store.Revision);

        PropertyBatch Fresh() => new PropertyBatch().Set(a, 5);
    }

    [Fact]
    public async Task Who_sees_one_value_of_a_batch_sees_from_then_on_all()
    {
        // Enough revisions seen, however the two threads are scheduled; most of the time must go to publishing, so there is one batch.
        const int Properties = 400;
        const int Revisions = 200;
        var batch = new PropertyBatch();
        for (uint key = 1; key <= Properties; key++)
        {
            batch.Set(Raced(key: key), (int)key);
        }

        using IProperty a = Racer.Attach(NameOf(1));
        using IProperty b = Racer.Attach(NameOf(Properties));
        long last = 0;
        int revisions = 0;
        await Whilst(
            () =>
            {
                a.Get(out int _, out Stamp first);
                b.Get(out int _, out Stamp second);
                Assert.InRange(second.Value, first.Value, long.MaxValue);
                b.Get(out int _, out second);
                a.Get(out int _, out first);
                Assert.InRange(first.Value, second.Value, long.MaxValue);
                revisions += first.Value > last ? 1 : 0;
                last = first.Value;
            },
            failed =>
            {
                for (int i = 0; (i < Rounds / 25 || Volatile.Read(ref revisions) < Revisions) && !failed(); i++)
                {
                    Assert.Equal(ErrorCode.None, Racer.Publish(batch, out _));
                }

                return Task.CompletedTask;
            });
    }

    [Fact]
    public void A_list_holds_what_may_be_read_in_order_with_its_values()
    {
        PropertyName b = Defined(PropertyType.Int, 2);
        PropertyName a = Defined(PropertyType.ByteArray, 1);
        Owner.Define(NameOf(3), PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass);
        Stranger.Define(new PropertyName(PropertyName.OwnCategory, 8), PropertyType.LargeByteArray, Pass, Pass);
        Owner.Set(b, 4);
        using IProperty undefined = Stranger.Attach(NameOf(5));
        Assert.Equal([a, b, new PropertyName(0x20000002, 8)], Stranger.List().Select(p => p.Name));
        Assert.Equal([a, b, NameOf(3)], Owner.List(OwnerSid).Select(p => p.Name));
        PropertyInfo info = Stranger.List(OwnerSid)[1];
        Assert.Equal(
            (PropertyType.Int, new SecureId(OwnerSid), PropertyLifetime.Store, 4, Store.Revision),
            (info.Type, info.Owner, info.Lifetime, info.Current.Value, info.Current.Stamp));
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_verdict_ends_with_the_definition_it_was_given_for(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.None, Publish(handle, type, i));
            Assert.Equal(ErrorCode.None, type == PropertyType.Int ? handle.Get(out int _, out _) : handle.Get(new byte[8], out _, out _));
            Owner.Delete(name);
            Owner.Define(name, type, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), SecurityPolicy.AlwaysFail);
            Assert.Equal(ErrorCode.PermissionDenied, Publish(handle, type, i));
            Assert.Equal(ErrorCode.PermissionDenied, type == PropertyType.Int ? handle.Get(out int _, out _) : handle.Get(new byte[8], out _, out _));
            Owner.Delete(name);
            Defined(type);
        }
    }

    [Fact]
    public void A_store_knows_a_bounded_number_of_names()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { MaxNames = 2, Scheduler = Scheduler });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        Assert.Equal(ErrorCode.None, client.Define(NameOf(1), PropertyType.Int, Pass, Pass));
        IProperty handle = client.Attach(NameOf(2));
        Assert.Equal(ErrorCode.NoMemory, Assert.Throws<ConnException>(() => client.Attach(NameOf(3))).Code);
        Assert.Equal(ErrorCode.NoMemory, client.Define(NameOf(3), PropertyType.Int, Pass, Pass));
        using IProperty known = client.Attach(NameOf(1));
        handle.Dispose();
        Assert.Equal(ErrorCode.None, client.Define(NameOf(3), PropertyType.Int, Pass, Pass));
    }

    private static ErrorCode Exchange(IPropertyClient client, PropertyName name, PropertyType type, int number, Stamp expected, out Stamp stamp) =>
        type == PropertyType.Int ? client.CompareAndSet(name, number, expected, out stamp) : client.CompareAndSet(name, BytesOf(number), expected, out stamp);

    private static ErrorCode Exchange(IProperty handle, PropertyType type, int number, Stamp expected, out Stamp stamp) =>
        type == PropertyType.Int ? handle.CompareAndSet(number, expected, out stamp) : handle.CompareAndSet(BytesOf(number), expected, out stamp);
}
