#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Extensions;
using MessagePack;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What typed properties promise: text, integers, enumerations and records are views of the values of a store.</summary>
public abstract class TypedPropertyContract : PropertyStoreSuite
{
    /// <summary>A number as an enumeration.</summary>
    private enum Level
    {
        Low = 1,
        High = 2,
    }

    [Flags]
    private enum Marks : byte
    {
        None = 0,
        One = 1,
        Two = 2,
    }

    [Theory]
    [MemberData(nameof(ByteTypes))]
    public async Task A_typed_property_publishes_reads_exchanges_updates_and_observes_records(PropertyType type)
    {
        PropertyName name = NameOf(1);
        using Property<Reading> typed = await Owner.AttachAsync(name, RecordCodec.For<Reading>(), Token);
        Assert.Equal((ErrorCode.NotFound, null), (typed.TryGet(out Reading? value), value));
        await DefinedAsync(type);
        Assert.Equal((ErrorCode.Success, null), (typed.TryGet(out value), value));
        var seen = new List<TypedChange<Reading>>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(typed.Observe(), seen.Add);
        await SettleAsync();
        PublishResult first = await typed.TrySetAsync(new Reading("tank", 4), Token);
        await SettleAsync();
        Assert.Equal((ErrorCode.Success, new Reading("tank", 4), first.Revision), (typed.TryGet(out value, out Revision revision), value, revision));
        Assert.Equal(first with { Code = ErrorCode.Changed }, await typed.TryCompareAndSetAsync(new Reading("tank", 5), Revision.None, Token));
        PublishResult second = await typed.TryUpdateAsync(r => r! with { Level = r.Level + 2 }, Token);
        await SettleAsync();
        Assert.Equal([null, new Reading("tank", 4), new Reading("tank", 6)], seen.Select(s => s.Value));
        Assert.Equal(second.Revision, seen[^1].Change.Revision);
        await DeleteAsync(name);
        await SettleAsync();
        Assert.Equal((ErrorCode.NotFound, PropertyChangeKind.Deleted), (seen[^1].Code, seen[^1].Change.Kind));
        Assert.Equal(ErrorCode.NotFound, (await typed.TryUpdateAsync(r => r!, Token)).Code);
    }

    [Fact]
    public async Task Bytes_that_are_not_such_a_record_are_Corrupt_and_the_stream_continues()
    {
        PropertyName name = await DefinedAsync(PropertyType.LargeByteArray);
        using Property<Reading> typed = await Owner.AttachAsync(name, RecordCodec.For<Reading>(), Token);
        var seen = new List<TypedChange<Reading>>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(typed.Observe(), seen.Add);
        byte[] deep = new byte[60000];
        deep.AsSpan().Fill(0x91);
        byte[] trailing = [.. MessagePackSerializer.Serialize(new Reading("a", 1), cancellationToken: Token), 0];
        byte[][] hostile = [[0xC1], [0x92], [0x92, 0xA1], trailing, deep, [0xDD, 0x7F, 0xFF, 0xFF, 0xFF]];
        foreach (byte[] bytes in hostile)
        {
            await SettleAsync();
            await SetAsync(name, bytes);
            await SettleAsync();
            Assert.Equal((ErrorCode.Corrupt, null), (typed.TryGet(out Reading? none), none));
            Assert.Equal(ErrorCode.Corrupt, (await typed.TryUpdateAsync(r => r!, Token)).Code);
        }

        await typed.TrySetAsync(new Reading("b", 2), Token);
        await SettleAsync();
        Assert.Equal(new Reading("b", 2), seen[^1].Value);
        Assert.Equal(hostile.Length, seen.Count(s => s.Code == ErrorCode.Corrupt));
        Assert.All(seen.Where(s => s.Code == ErrorCode.Corrupt), s => Assert.Null(s.Value));
        Assert.Empty(Failures);
    }

    [Fact]
    public async Task A_typed_property_is_refused_as_its_value_is()
    {
        await DefinedAsync();
        using Property<string> wrong = await Owner.AttachAsync(NameOf(1), PropertyCodec.Text, Token);
        Assert.Equal((ErrorCode.Argument, ErrorCode.Argument), ((await wrong.TrySetAsync("x", Token)).Code, wrong.TryGet(out _)));
        await DefineAsync(NameOf(2), Guarded(PropertyType.ByteArray, Fail, Pass));
        using Property<string> closed = await Owner.AttachAsync(NameOf(2), PropertyCodec.Text, Token);
        Assert.Equal((ErrorCode.Success, ErrorCode.PermissionDenied), ((await closed.TrySetAsync("x", Token)).Code, closed.TryGet(out _)));
        Assert.Equal(ErrorCode.TooBig, (await closed.TrySetAsync(new string('x', 257), Token)).Code);
        var seen = new List<TypedChange<string>>();
        using IDisposable subscription = System.ObservableExtensions.Subscribe(wrong.Observe(), seen.Add);
        await SettleAsync();
        Assert.Equal(ErrorCode.Argument, Assert.Single(seen).Code);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray, 256)]
    [InlineData(PropertyType.LargeByteArray, 32767)]
    public async Task Text_comes_back_unit_by_unit_up_to_the_limit(PropertyType type, int limit)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        Assert.Equal((ErrorCode.Success, string.Empty, Revision.None), (handle.TryGetText(out string text, out Revision revision), text, revision));
        foreach (string value in new[] { "Pegel", string.Empty, "\0", "\ud83d\ude00", "\ud83d", new string('\u20ac', limit) })
        {
            Revision published = await SetAsync(name, PropertyText.Encode(value));
            await SettleAsync();
            Assert.Equal((ErrorCode.Success, published), (handle.TryGetText(out text, out revision), revision));
            Assert.True(string.Equals(value, text, StringComparison.Ordinal));
        }

        Assert.Equal(ErrorCode.TooBig, (await Owner.TrySetAsync(name, PropertyText.Encode(new string('x', limit + 1)), Token)).Code);
        Assert.Equal(limit, (handle.TryGetText(out text, out _), text).text.Length);
    }

    [Theory]
    [MemberData(nameof(ByteTypes))]
    public async Task Text_and_bytes_are_two_views_of_one_value(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using Property<string> text = await Stranger.AttachAsync(name, PropertyCodec.Text, Token);
        await text.TrySetAsync("a\u20ac", Token);
        Assert.Equal([0x61, 0x00, 0xAC, 0x20], (await Owner.TryReadAsync(name, Token)).Value.Bytes.ToArray());
        await SetAsync(name, new byte[] { 0x62, 0x00 });
        await SettleAsync();
        Assert.Equal((ErrorCode.Success, "b"), (text.TryGet(out string? read), read));
        Revision odd = await SetAsync(name, new byte[] { 1, 2, 3 });
        await SettleAsync();
        Assert.Equal((ErrorCode.Corrupt, odd), (text.TryGet(out read, out Revision revision), revision));
        Assert.Equal((ErrorCode.Corrupt, string.Empty, odd), (text.Handle.TryGetText(out read, out revision), read, revision));
    }

    [Fact]
    public async Task Integers_truth_values_and_enumerations_are_views_of_an_integer()
    {
        PropertyName name = await DefinedAsync();
        using Property<int> number = await Owner.AttachAsync(name, PropertyCodec.Int32, Token);
        using Property<bool> truth = await Owner.AttachAsync(name, PropertyCodec.Boolean, Token);
        using Property<Level> level = await Owner.AttachAsync(name, PropertyCodec.Enum<Level>(), Token);
        using Property<Marks> marks = await Owner.AttachAsync(name, PropertyCodec.Enum<Marks>(), Token);
        Assert.Equal(ErrorCode.Success, (await level.TrySetAsync(Level.High, Token)).Code);
        await SettleAsync();
        Assert.Equal((ErrorCode.Success, 2), (number.TryGet(out int value), value));
        Assert.Equal(ErrorCode.Corrupt, truth.TryGet(out _));
        Assert.Equal((ErrorCode.Success, Marks.Two), (marks.TryGet(out Marks some), some));
        Assert.Equal((ErrorCode.Success, Level.High), (level.TryGet(out Level one), one));
        await truth.TrySetAsync(true, Token);
        await SettleAsync();
        Assert.Equal((ErrorCode.Success, true, ErrorCode.Success, Level.Low), (truth.TryGet(out bool yes), yes, level.TryGet(out one), one));

        // A number without a name is no level; 258 is no byte.
        await number.TrySetAsync(258, Token);
        await SettleAsync();
        Assert.Equal((ErrorCode.Corrupt, ErrorCode.Corrupt), (level.TryGet(out _), marks.TryGet(out _)));
        await marks.TrySetAsync(Marks.One | Marks.Two, Token);
        await SettleAsync();
        Assert.Equal((ErrorCode.Corrupt, ErrorCode.Success, Marks.One | Marks.Two), (level.TryGet(out _), marks.TryGet(out some), some));
        Assert.Throws<NotSupportedException>(PropertyCodec.Enum<LongLevel>);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await level.TrySetAsync((Level)77, Token));
    }

    private enum LongLevel : long
    {
        Low = 1,
    }

    /// <summary>A record as a user would write it.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Level">How much.</param>
    [MessagePackObject]
    public sealed record Reading([property: Key(0)] string Place, [property: Key(1)] int Level);
}
