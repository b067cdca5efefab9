using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>The synchronous members of the store of one process have the outcomes of the portable ones.</summary>
public sealed class SynchronousMembersTests : IDisposable
{
    private static readonly PropertyName Name = new(1, 1);
    private readonly PropertyStore _store = new();
    private readonly PropertyClient _client;

    public SynchronousMembersTests() => _client = _store.Open(new SecureId(1));

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Integers_are_published_exchanged_and_read_by_name_and_by_handle()
    {
        using Property handle = _client.Attach(Name);
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (_client.TrySet(Name, 1), handle.TrySet(1)));
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (_client.TryGet(Name, out int value), handle.TryGet(out value)));
        Assert.Equal(ErrorCode.Success, _client.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int)));
        Assert.Equal((ErrorCode.Success, 1), (_client.TrySet(Name, 5, out Revision first), first.Value));
        Assert.Equal((ErrorCode.Success, 5, first), (handle.TryGet(out value, out Revision read), value, read));
        Assert.Equal((ErrorCode.Success, 2), (handle.TrySet(6, out Revision second), second.Value));
        Assert.Equal((ErrorCode.Success, 6, second), (_client.TryGet(Name, out value, out read), value, read));
        Assert.Equal((ErrorCode.Changed, second), (_client.TryCompareAndSet(Name, 7, first, out Revision found), found));
        Assert.Equal((ErrorCode.Changed, second), (handle.TryCompareAndSet(7, first, out found), found));
        Assert.Equal((ErrorCode.Success, 3), (handle.TryCompareAndSet(7, second, out Revision third), third.Value));
        Assert.Equal((ErrorCode.Success, 4), (_client.TryCompareAndSet(Name, 8, third, out Revision fourth), fourth.Value));
        Assert.Equal((ErrorCode.Argument, Revision.None), (_client.TrySet(Name, [], out found), found));
        Assert.Equal((ErrorCode.Argument, 0), (_client.TryGet(Name, [], out int length), length));
        Assert.Equal((ErrorCode.Success, fourth), (_client.TryGet(Name, out _, out read), read));
        Assert.Equal(ErrorCode.Success, _client.TryDelete(Name));
    }

    [Theory]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 65535)]
    public void Bytes_are_published_exchanged_and_read_by_name_and_by_handle(PropertyType type, int limit)
    {
        _client.Define(Name, PropertyDefinition.Open(type));
        using Property handle = _client.Attach(Name);
        byte[] buffer = [9, 9, 9];
        Assert.Equal((ErrorCode.Success, 1), (_client.TrySet(Name, [1, 2, 3], out Revision first), first.Value));
        Assert.Equal((ErrorCode.Overflow, 3, first), (_client.TryGet(Name, buffer.AsSpan(0, 2), out int length, out Revision read), length, read));
        Assert.Equal([1, 2, 9], buffer);
        Assert.Equal((ErrorCode.Overflow, 3), (handle.TryGet([], out length), length));
        Assert.Equal((ErrorCode.Success, 3), (handle.TryGet(buffer, out length), length));
        Assert.Equal([1, 2, 3], buffer);
        Assert.Equal((ErrorCode.Success, 2), (handle.TrySet([4], out Revision second), second.Value));
        Assert.Equal((ErrorCode.Changed, second), (handle.TryCompareAndSet([5], first, out Revision found), found));
        Assert.Equal((ErrorCode.Success, 3), (_client.TryCompareAndSet(Name, [5], second, out Revision third), third.Value));
        Assert.Equal((ErrorCode.TooBig, ErrorCode.Success), (handle.TrySet(new byte[limit + 1]), handle.TrySet(new byte[limit])));
        Assert.Equal((ErrorCode.Argument, 0), (_client.TryGet(Name, out int value), value));
    }

    [Fact]
    public void Text_is_published_and_read_by_name_and_by_handle()
    {
        _client.Define(Name, PropertyDefinition.Open(PropertyType.ByteArray));
        using Property handle = _client.Attach(Name);
        Assert.Equal(ErrorCode.Success, _client.TrySetText(Name, "a\u20ac"));
        Assert.Equal((ErrorCode.Success, "a\u20ac", 1L), (_client.TryGetText(Name, out string text, out Revision revision), text, revision.Value));
        Assert.Equal(ErrorCode.Success, handle.TrySetText("b"));
        Assert.Equal((ErrorCode.Success, "b", 2L), (handle.TryGetText(out text, out revision), text, revision.Value));
        byte[] buffer = new byte[2];
        Assert.Equal((ErrorCode.Success, 2), (handle.TryGet(buffer, out int length), length));
        Assert.Equal([0x62, 0x00], buffer);
        Assert.Equal((ErrorCode.TooBig, ErrorCode.Success), (handle.TrySetText(new string('x', 257)), handle.TrySetText(new string('x', 256))));
        PropertyName absent = new(1, 9);
        Assert.Equal((ErrorCode.NotFound, ErrorCode.NotFound), (_client.TrySetText(absent, "x"), _client.TryGetText(absent, out text, out _)));
        Assert.Empty(text);
        PropertyName shut = new(1, 2);
        _client.Define(shut, new PropertyDefinition { Type = PropertyType.ByteArray, Read = SecurityPolicy.AlwaysFail, Write = SecurityPolicy.AlwaysFail });
        Assert.Equal(
            (ErrorCode.PermissionDenied, ErrorCode.PermissionDenied),
            (_client.TrySetText(shut, new string('x', 40000)), _client.TryGetText(shut, out _, out _)));
    }

    [Fact]
    public void A_batch_is_published_and_lists_are_read()
    {
        _client.Define(Name, PropertyDefinition.Open(PropertyType.Int));
        Assert.Equal((ErrorCode.Success, 1L), (_client.TryPublish(new PropertyBatch().Set(Name, 5), out Revision revision), revision.Value));
        Assert.Equal((ErrorCode.NotFound, Revision.None), (_client.TryPublish(new PropertyBatch().Set(new(1, 9), 5), out revision), revision));
        Assert.Equal(Name, Assert.Single(_client.List(1, TestContext.Current.CancellationToken)).Name);
        Assert.False(_client.HasSubscribers(Name));
        using (_client.Observe(Name, ObserveOptions.Inline).Subscribe(static _ => { }))
        {
            Assert.True(_client.HasSubscribers(Name));
            Assert.Equal(SubscriptionKind.Inline, Assert.Single(_store.ListSubscriptions()).Kind);
        }

        Assert.Empty(_store.ListSubscriptions());
    }

    [Fact]
    public void A_typed_handle_is_attached_synchronously()
    {
        using Property<bool> typed = _client.Attach(Name, PropertyCodec.Boolean);
        _client.Define(Name, PropertyDefinition.Open(PropertyType.Int));
        _client.Set(Name, 1);
        Assert.Equal((ErrorCode.Success, true), (typed.TryGet(out bool value), value));
        _client.Set(Name, 2);
        Assert.Equal((ErrorCode.Corrupt, false), (typed.TryGet(out value), value));
    }

    [Fact]
    public void A_disposed_client_and_a_disposed_store_refuse_by_exception()
    {
        PropertyClient client = _store.Open(new SecureId(2));
        using Property handle = client.Attach(Name);
        client.Dispose();
        client.Dispose();
        AssertRefused(client, handle);
        Assert.Throws<ObjectDisposedException>(handle.Cancel);
        using Property open = _client.Attach(Name);
        _store.Dispose();
        AssertRefused(_client, open);
        Assert.Throws<ObjectDisposedException>(() => _store.Open(new SecureId(1)));
        Assert.Throws<ObjectDisposedException>(() => _store.ListSubscriptions());
        _client.Dispose();

        static void AssertRefused(PropertyClient client, Property handle) => Assert.All(
            [
                () => client.TryGet(Name, out _), () => client.TryGet(Name, [], out _), () => client.TrySet(Name, 1), () => client.TrySet(Name, []),
                () => client.TryPublish(new PropertyBatch(), out _), () => client.TryDelete(Name), () => client.List(), () => client.Attach(Name),
                () => client.HasSubscribers(Name), () => client.TryDefine(Name, PropertyDefinition.Open(PropertyType.Int)),
                () => handle.TryGet(out int _), () => handle.TryGet([], out _), () => handle.TrySet(1), () => handle.TrySet([]),
            ],
            static (Action call) => Assert.Throws<ObjectDisposedException>(call));
    }
}
