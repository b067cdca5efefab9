#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using MessagePack;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_typed_property_publishes_reads_exchanges_updates_and_observes_records(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using var typed = new Property<Reading>(Owner, name);
        Assert.Equal(ErrorCode.NotFound, typed.Get(out Reading? value, out _));
        Defined(type);
        Assert.Equal(ErrorCode.None, typed.Get(out value, out Stamp stamp));
        Assert.Null(value);
        var seen = new List<TypedChange<Reading>>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(typed.Observe(), seen.Add);
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, typed.Set(new Reading("tank", 4)));
        Scheduler.Start();
        Assert.Equal(ErrorCode.None, typed.Get(out value, out stamp));
        Assert.Equal((new Reading("tank", 4), Store.Revision), (value, stamp));
        Assert.Equal(ErrorCode.Changed, typed.CompareAndSet(new Reading("tank", 5), Stamp.Never, out _));
        Assert.Equal(ErrorCode.None, typed.Update(r => r! with { Level = r.Level + 2 }, out _));
        Scheduler.Start();
        Assert.Equal([null, new Reading("tank", 4), new Reading("tank", 6)], seen.Select(s => s.Value));
    }

    [Fact]
    public void Bytes_that_are_no_such_record_are_Corrupt_and_the_stream_goes_on()
    {
        PropertyName name = Defined(PropertyType.LargeByteArray);
        using var typed = new Property<Reading>(Owner, name);
        var seen = new List<TypedChange<Reading>>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(typed.Observe(), seen.Add);
        byte[] deep = new byte[60000];
        deep.AsSpan().Fill(0x91);
        byte[][] hostile = [[0xC1], [0x92], [0x92, 0xA1], [.. MessagePackSerializer.Serialize(new Reading("a", 1), cancellationToken: TestContext.Current.CancellationToken), 0], deep, [0xDD, 0x7F, 0xFF, 0xFF, 0xFF]];
        foreach (byte[] bytes in hostile)
        {
            Scheduler.Start();
            Assert.Equal(ErrorCode.None, Owner.Set(name, bytes));
            Assert.Equal(ErrorCode.Corrupt, typed.Get(out Reading? none, out _));
            Assert.Null(none);
        }

        Scheduler.Start();
        Assert.Equal(ErrorCode.None, typed.Set(new Reading("b", 2)));
        Scheduler.Start();
        Assert.Equal(new Reading("b", 2), seen[^1].Value);
        Assert.Equal(hostile.Length, seen.Count(s => s.Code == ErrorCode.Corrupt));
        Assert.Empty(Failures);
    }

    [Fact]
    public void A_typed_property_is_refused_as_its_bytes_are()
    {
        PropertyName name = Defined(PropertyType.Int);
        using var typed = new Property<string>(Owner, name);
        Assert.Equal((ErrorCode.Argument, ErrorCode.Argument), (typed.Set("x"), typed.Get(out _, out _)));
        Owner.Define(NameOf(2), PropertyType.ByteArray, SecurityPolicy.AlwaysFail, Pass);
        using var closed = new Property<string>(Owner, NameOf(2));
        Assert.Equal((ErrorCode.None, ErrorCode.PermissionDenied), (closed.Set("x"), closed.Get(out _, out _)));
        Assert.Equal(ErrorCode.TooBig, closed.Set(new string('x', 600)));
    }

    /// <summary>A record as a user would write it.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Level">How much.</param>
    [MessagePackObject]
    public sealed record Reading([property: Key(0)] string Place, [property: Key(1)] int Level);
}
