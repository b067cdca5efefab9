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
    public void Names_and_handles_are_two_ways_to_one_value(PropertyType type)
    {
        PropertyName name = Defined(type);
        using IProperty handle = Stranger.Attach(name);
        Assert.Equal(ErrorCode.None, Publish(handle, type, -1));
        Assert.Equal(ErrorCode.None, Read(Owner, name, type, out int number, out Stamp first));
        Assert.Equal(-1, number);
        Assert.Equal(ErrorCode.None, Publish(Owner, name, type, int.MinValue));
        Assert.Equal(ErrorCode.None, Read(Owner, name, type, out number, out Stamp second));
        Assert.Equal(int.MinValue, number);
        Assert.True(second > first);
        Assert.Equal(second, Store.Revision);
    }

    [Fact]
    public void Stamps_rise_over_the_whole_store()
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        PropertyName b = Defined(PropertyType.ByteArray, 2);
        Owner.Set(a, 1);
        Owner.Set(b, [1]);
        Owner.Get(a, out _, out Stamp older);
        Owner.Get(b, new byte[1], out _, out Stamp newer);
        Assert.True(newer > older);
        Owner.Set(a, 1);
        Owner.Get(a, out _, out Stamp newest);
        Assert.True(newest > newer);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Bytes_are_returned_with_their_length_up_to_the_limit(PropertyType type)
    {
        PropertyName name = Defined(type);
        byte[] buffer = new byte[70000];
        foreach (int length in new[] { 0, 1, 2, 511, PastLimit(type) - 1, 3, 0 })
        {
            byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + length))];
            Assert.Equal(ErrorCode.None, Owner.Set(name, value));
            Assert.Equal(ErrorCode.None, Stranger.Get(name, buffer, out int actual, out _));
            Assert.Equal(length, actual);
            Assert.Equal(value, buffer[..length]);
        }
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_value_above_the_limit_is_refused_and_nothing_changes(PropertyType type)
    {
        PropertyName name = Defined(type);
        Publish(Owner, name, type, 3);
        Stamp before = Store.Revision;
        Assert.Equal(ErrorCode.TooBig, Owner.Set(name, new byte[PastLimit(type)]));
        Read(Owner, name, type, out int number, out Stamp stamp);
        Assert.Equal((3, before, before), (number, stamp, Store.Revision));
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_short_buffer_gets_what_fits_and_Overflow(PropertyType type)
    {
        PropertyName name = Defined(type);
        Assert.Equal(ErrorCode.None, Owner.Get(name, [], out int length, out _));
        Owner.Set(name, [1, 2, 3]);
        byte[] buffer = [9, 9, 9];
        Assert.Equal(ErrorCode.Overflow, Owner.Get(name, buffer.AsSpan(0, 2), out length, out Stamp stamp));
        Assert.Equal(2, length);
        Assert.Equal([1, 2, 9], buffer);
        Assert.Equal(Store.Revision, stamp);
        Assert.Equal(ErrorCode.Overflow, Owner.Get(name, [], out length, out _));
        Assert.Equal(0, length);
        Assert.Equal(ErrorCode.None, Owner.Get(name, buffer, out length, out _));
        Assert.Equal(3, length);
    }

    [Fact]
    public void The_wrong_form_for_the_type_is_Argument()
    {
        PropertyName number = Defined(PropertyType.Int, 1);
        Assert.Equal(ErrorCode.Argument, Owner.Set(number, BytesOf(1)));
        Assert.Equal(ErrorCode.Argument, Owner.Get(number, new byte[4], out _, out _));
        foreach ((PropertyType type, uint key) in new[] { (PropertyType.ByteArray, 2u), (PropertyType.LargeByteArray, 3u) })
        {
            PropertyName bytes = Defined(type, key);
            Assert.Equal(ErrorCode.Argument, Owner.Set(bytes, 1));
            Assert.Equal(ErrorCode.Argument, Owner.Get(bytes, out int _));
        }
    }

    [Theory]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Absence_comes_before_permission_and_permission_before_form(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using IProperty handle = Stranger.Attach(name);
        Assert.Equal(ErrorCode.NotFound, handle.Set(1));
        Assert.Equal(ErrorCode.NotFound, handle.Set(new byte[70000]));
        Assert.Equal(ErrorCode.NotFound, handle.Get([], out _, out _));
        Owner.Define(name, type, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail);
        Assert.Equal(ErrorCode.PermissionDenied, handle.Set(1));
        Assert.Equal(ErrorCode.PermissionDenied, handle.Set(new byte[70000]));
        Assert.Equal(ErrorCode.PermissionDenied, handle.Get(out int _, out _));
        Assert.Equal(ErrorCode.PermissionDenied, handle.Get([], out _, out _));
        Assert.Equal(ErrorCode.PermissionDenied, Stranger.Set(name, 1));
        Assert.Equal(ErrorCode.NotFound, Stranger.Set(NameOf(2), 1));
    }

    [Fact]
    public void Publishing_copies_the_callers_bytes()
    {
        PropertyName name = Defined(PropertyType.ByteArray);
        byte[] value = [1, 2, 3];
        Owner.Set(name, value);
        value[0] = 9;
        byte[] buffer = new byte[3];
        Owner.Get(name, buffer, out _, out _);
        Assert.Equal([1, 2, 3], buffer);
    }

    [Fact]
    public void A_closed_handle_and_a_disposed_store_refuse_by_exception()
    {
        PropertyName name = Defined(PropertyType.Int);
        IProperty handle = Owner.Attach(name);
        handle.Dispose();
        handle.Dispose();
        Assert.Throws<ObjectDisposedException>(() => handle.Set(1));
        Assert.Throws<ObjectDisposedException>(() => handle.Get(out _, out _));
        IProperty open = Owner.Attach(name);
        IPropertyClient client = Owner;
        Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.Get(name, out _));
        Assert.Throws<ObjectDisposedException>(() => client.Set(name, 1));
        Assert.Throws<ObjectDisposedException>(() => open.Get(out _, out _));
        Assert.Throws<ObjectDisposedException>(() => open.Set(1));
        open.Dispose();
    }

    [Fact]
    public void An_identity_opens_only_the_store_that_minted_it()
    {
        using IPropertyStore other = CreateStore(new PropertyStoreOptions());
        Assert.Throws<ArgumentException>(() => Store.Open(other.MintIdentity(SecureId.Engine)));
    }
}
