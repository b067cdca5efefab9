#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about values: reading and publishing by name and by handle, sizes, refusals, revisions.</summary>
public abstract class PropertyValueContract : PropertyStoreSuite
{
    [Theory]
    [MemberData(nameof(Types))]
    public async Task Names_and_handles_lead_to_one_value(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        Assert.Equal(name, handle.Name);
        PublishResult first = await handle.TrySetAsync(ValueOf(type, -1), Token);
        Assert.Equal((ErrorCode.Success, -1, first.Revision), Read(handle, type));
        PropertyReading reading = await Owner.TryReadAsync(name, Token);
        Assert.Equal(new PropertyReading(ErrorCode.Success, ValueOf(type, -1), first.Revision), reading);
        Revision second = await SetAsync(name, ValueOf(type, int.MinValue));
        await SettleAsync();
        Assert.Equal((ErrorCode.Success, int.MinValue, second), Read(handle, type));
        Assert.True(first.Revision > Revision.None && second > first.Revision);
        Assert.Equal(second, Store.Revision);
    }

    [Fact]
    public async Task Revisions_rise_over_the_whole_store_with_each_publish_and_delete()
    {
        Assert.Equal(Revision.None, Store.Revision);
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = await DefinedAsync(PropertyType.ByteArray, 2);
        Assert.Equal(Revision.None, Store.Revision);
        Revision[] revisions =
        [
            await SetAsync(a, 1), await SetAsync(b, BytesOf(1)), await SetAsync(a, 1), await DeleteAsync(b),
            await PublishAsync(new PropertyBatch().Set(a, 1)), await DeleteAsync(a),
        ];
        Assert.Equal(revisions.Distinct().Order(), revisions);
        await DefinedAsync();
        Assert.Equal(Revision.None, (await Owner.TryReadAsync(a, Token)).Revision);
        Assert.Equal(revisions[^1], Store.Revision);
    }

    [Theory]
    [MemberData(nameof(ByteTypes))]
    public async Task Bytes_are_returned_with_their_length_up_to_the_limit(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        byte[] buffer = new byte[70000];
        foreach (int length in new[] { 0, 1, 2, 511, PastLimit(type) - 1, 3, 0 })
        {
            byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + length))];
            Revision revision = (await handle.TrySetAsync(value, Token)).Revision;
            Assert.Equal((ErrorCode.Success, length, revision), (handle.TryGet(buffer, out int actual, out Revision read), actual, read));
            Assert.Equal(value, buffer[..length]);
            Assert.Equal(value, (await Owner.TryReadAsync(name, Token)).Value.Bytes.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(ByteTypes))]
    public async Task A_short_buffer_receives_what_fits_and_the_whole_length_with_Overflow(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        using IProperty handle = await Owner.AttachAsync(name, Token);
        Assert.Equal((ErrorCode.Success, 0), (handle.TryGet([], out int length, out _), length));
        Revision revision = (await handle.TrySetAsync(new byte[] { 1, 2, 3 }, Token)).Revision;
        byte[] buffer = [9, 9, 9];
        Assert.Equal((ErrorCode.Overflow, 3, revision), (handle.TryGet(buffer.AsSpan(0, 2), out length, out Revision read), length, read));
        Assert.Equal([1, 2, 9], buffer);
        Assert.Equal((ErrorCode.Overflow, 3, revision), (handle.TryGet([], out length, out read), length, read));
        Assert.Equal((ErrorCode.Success, 3, revision), (handle.TryGet(buffer, out length, out read), length, read));
        Assert.Equal([1, 2, 3], buffer);
        Assert.Equal((ErrorCode.Success, revision), (handle.TryRead(out byte[] all, out read), read));
        Assert.Equal(buffer, all);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 65535)]
    public async Task What_is_preallocated_is_not_the_length(PropertyType type, int size)
    {
        await DefineAsync(NameOf(1), Open(type) with { Preallocate = size });
        Assert.True((await Stranger.TryReadAsync(NameOf(1), Token)).Value.Bytes.IsEmpty);
        Assert.True(Assert.Single(await Stranger.ListAsync(OwnerSid, Token)).Current.Bytes.IsEmpty);
        foreach (int length in new[] { size, 0, 1 })
        {
            await SetAsync(NameOf(1), new byte[length]);
            Assert.Equal(length, (await Stranger.TryReadAsync(NameOf(1), Token)).Value.Bytes.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Refusals_come_in_the_documented_order_and_change_nothing(PropertyType type)
    {
        bool isInt = type == PropertyType.Int;
        PropertyName name = NameOf(1);
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        PropertyValue tooBig = new byte[PastLimit(type)];
        PropertyValue[] values = [ValueOf(type, 1), isInt ? BytesOf(1) : 1, tooBig, new byte[70000]];
        await AssertRefusedAsync([.. values.Select(_ => ErrorCode.NotFound)]);
        AssertRefused(ErrorCode.NotFound, handle);

        await DefineAsync(name, Guarded(type, Fail, Fail));
        await SettleAsync();
        await AssertRefusedAsync([.. values.Select(_ => ErrorCode.PermissionDenied)]);
        AssertRefused(ErrorCode.PermissionDenied, handle);
        await DeleteAsync(name);

        await DefinedAsync(type);
        Revision before = await SetAsync(name, ValueOf(type, 3));
        await SettleAsync();
        ErrorCode third = isInt ? ErrorCode.Argument : ErrorCode.TooBig;
        await AssertRefusedAsync(ErrorCode.Success, ErrorCode.Argument, third, third);
        Assert.Equal((ErrorCode.Success, 3, before), Read(handle, type));
        Assert.Equal(before, Store.Revision);
        ErrorCode wrongForm = isInt ? handle.TryGet(new byte[4], out int none, out Revision revision) : handle.TryGet(out none, out revision);
        Assert.Equal((ErrorCode.Argument, 0, Revision.None), (wrongForm, none, revision));

        // The first value would be accepted when the property is defined: it is not published then.
        async Task AssertRefusedAsync(params ErrorCode[] codes)
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (codes[i].IsSuccess)
                {
                    continue;
                }

                Assert.Equal(new PublishResult(codes[i], Revision.None), await Stranger.TrySetAsync(name, values[i], Token));
                Assert.Equal(new PublishResult(codes[i], Revision.None), await handle.TrySetAsync(values[i], Token));
                Assert.Equal(new PublishResult(codes[i], Revision.None), await Stranger.TryPublishAsync(new PropertyBatch().Set(name, values[i]), Token));
            }
        }
    }

    [Theory]
    [MemberData(nameof(ByteTypes))]
    public async Task Publishing_no_bytes_is_a_publish(PropertyType type)
    {
        PropertyName name = await DefinedAsync(type);
        ChangeRecorder latest = Observed(name, Delivery.Latest, out IDisposable first);
        ChangeRecorder buffered = Observed(name, Delivery.Buffered, out IDisposable second);
        await SettleAsync();
        using IProperty handle = await Stranger.AttachAsync(name, Token);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync(Token);
        Revision revision = await SetAsync(name, Array.Empty<byte>());
        await SettleAsync();
        Assert.Equal(ErrorCode.Success, await Outcome(pending));
        Assert.All([latest, buffered], r => Assert.Equal(["0", "0"], r.Lines));
        Assert.All([latest, buffered], r => Assert.Equal((0, revision), (r.Seen[1].Bytes.Length, r.Seen[1].Revision)));
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Publishing_copies_the_bytes_of_the_caller_and_reading_copies_those_of_the_store()
    {
        PropertyName name = await DefinedAsync(PropertyType.ByteArray);
        byte[] value = [1, 2, 3];
        ValueTask<PublishResult> publish = Owner.TrySetAsync(name, value, Token);
        value[0] = 9;
        await publish;
        PropertyReading reading = await Owner.TryReadAsync(name, Token);
        await SetAsync(name, new byte[] { 4, 5, 6 });
        Assert.Equal([1, 2, 3], reading.Value.Bytes.ToArray());
        var batch = new PropertyBatch().Set(name, value);
        value[0] = 7;
        await PublishAsync(batch);
        Assert.Equal([9, 2, 3], (await Owner.TryReadAsync(name, Token)).Value.Bytes.ToArray());
    }

    [Fact]
    public async Task A_cancelled_token_refuses_a_call_that_had_not_begun()
    {
        PropertyName name = await DefinedAsync();
        using IProperty handle = await Owner.AttachAsync(name, Token);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.TrySetAsync(name, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.TryCompareAndSetAsync(name, 1, Revision.None, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await handle.TrySetAsync(1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await handle.SubscribeAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.TryDeleteAsync(name, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.TryDefineAsync(NameOf(2), Open(PropertyType.Int), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.TryReadAsync(name, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.ListAsync(null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.HasSubscribersAsync(name, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Owner.AttachAsync(NameOf(3), cancelled));
        Assert.Equal(Revision.None, Store.Revision);
        Assert.Equal(name, Assert.Single(await Owner.ListAsync(null, Token)).Name);
    }
}
