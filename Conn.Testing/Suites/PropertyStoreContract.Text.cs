#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>Text is a view of bytes: two for each unit, the low one first.</remarks>
public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.ByteArray, 256)]
    [InlineData(PropertyType.LargeByteArray, 32767)]
    public void Text_comes_back_unit_by_unit_up_to_the_limit(PropertyType type, int limit)
    {
        PropertyName name = Defined(type);
        Assert.Equal((ErrorCode.None, string.Empty), (Stranger.GetText(name, out string text, out Stamp stamp), text));
        Assert.Equal(Stamp.Never, stamp);
        foreach (string value in new[] { "Pegel", string.Empty, "\0", "\ud83d\ude00", "\ud83d", new string('\u20ac', limit) })
        {
            Assert.Equal(ErrorCode.None, Owner.SetText(name, value));
            Assert.Equal(ErrorCode.None, Stranger.GetText(name, out text, out stamp));
            Assert.True(string.Equals(value, text, StringComparison.Ordinal));
            Assert.Equal(Store.Revision, stamp);
        }

        Assert.Equal(ErrorCode.TooBig, Owner.SetText(name, new string('x', limit + 1)));
        Assert.Equal(limit, (Stranger.GetText(name, out text, out _), text).text.Length);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void Text_and_bytes_are_two_views_of_one_value(PropertyType type)
    {
        PropertyName name = Defined(type);
        Assert.Equal(ErrorCode.None, Owner.SetText(name, "a\u20ac"));
        byte[] bytes = new byte[8];
        Assert.Equal(ErrorCode.None, Stranger.Get(name, bytes, out int length, out _));
        Assert.Equal([0x61, 0x00, 0xAC, 0x20], bytes[..length]);
        Assert.Equal(ErrorCode.None, Owner.Set(name, [0x62, 0x00]));
        Assert.Equal((ErrorCode.None, "b"), (Stranger.GetText(name, out string text, out _), text));
        Assert.Equal(ErrorCode.None, Owner.Set(name, [1, 2, 3]));
        Assert.Equal((ErrorCode.Corrupt, string.Empty), (Stranger.GetText(name, out text, out Stamp odd), text));
        Assert.Equal(Store.Revision, odd);
    }

    [Fact]
    public void Text_is_refused_as_bytes_are()
    {
        PropertyName number = Defined(PropertyType.Int);
        PropertyName shut = NameOf(2);
        Owner.Define(shut, PropertyType.ByteArray, SecurityPolicy.AlwaysFail, SecurityPolicy.AlwaysFail);
        Assert.Equal((ErrorCode.Argument, ErrorCode.Argument), (Owner.SetText(number, "1"), Owner.GetText(number, out _, out _)));
        Assert.Equal((ErrorCode.PermissionDenied, ErrorCode.PermissionDenied), (Owner.SetText(shut, new string('x', 40000)), Owner.GetText(shut, out _, out _)));
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (Owner.SetText(NameOf(3), "1"), Owner.GetText(NameOf(3), out string text, out _)));
        Assert.Empty(text);
    }
}
