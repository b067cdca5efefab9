using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>Lack of memory is an outcome, and comes before anything changed.</summary>
public sealed class LackOfMemoryTests : IDisposable
{
    private static readonly PropertyName Name = new(1, 1);
    private static readonly PropertyName Number = new(1, 2);
    private readonly PropertyStore _store;
    private readonly PropertyClient _client;
    private int _most = int.MaxValue;

    public LackOfMemoryTests()
    {
        _store = new PropertyStore(new PropertyStoreOptions
        {
            Allocate = length => length <= _most ? new byte[length] : throw new InsufficientMemoryException(),
        });
        _client = _store.Open(_store.MintIdentity(new SecureId(1)));
    }

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_definition_without_memory_for_its_preallocation_defines_nothing(PropertyType type)
    {
        _most = 99;
        Assert.Equal(ErrorCode.NoMemory, _client.TryDefine(Name, PropertyDefinition.Open(type) with { Preallocate = 100 }));
        Assert.Equal(ErrorCode.NotFound, _client.TryGet(Name, [], out _, out _));
        Assert.Equal(ErrorCode.Success, _client.TryDefine(Name, PropertyDefinition.Open(type) with { Preallocate = 99 }));
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_publish_without_memory_to_grow_leaves_the_old_value_and_notifies_nobody(PropertyType type)
    {
        _client.TryDefine(Name, PropertyDefinition.Open(type));
        _client.TryDefine(Number, PropertyDefinition.Open(PropertyType.Int));
        _client.TrySet(Name, [1, 2, 3]);
        Revision before = _store.Revision;
        using Property handle = _client.Attach(Name);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync(TestContext.Current.CancellationToken);
        _most = 3;
        Assert.Equal((ErrorCode.NoMemory, Revision.None), (_client.TryCompareAndSet(Name, new byte[4], before, out Revision made), made));
        Assert.Equal((ErrorCode.Changed, before), (_client.TryCompareAndSet(Name, new byte[4], Revision.None, out made), made));
        Assert.Equal(ErrorCode.NoMemory, _client.TrySet(Name, new byte[4]));
        Assert.Equal(ErrorCode.NoMemory, _client.TryPublish(new PropertyBatch().Set(Number, 5).Set(Name, new byte[4]), out made));
        byte[] buffer = new byte[3];
        Assert.Equal(ErrorCode.Success, _client.TryGet(Name, buffer, out int length, out Revision revision));
        Assert.Equal((3, before, before), (length, revision, _store.Revision));
        Assert.Equal([1, 2, 3], buffer);
        Assert.Equal((ErrorCode.Success, 0), (_client.TryGet(Number, out int number), number));
        Assert.False(pending.IsCompleted);
        Assert.Equal(ErrorCode.Success, _client.TrySet(Name, [4, 5]));
        Assert.Equal(ErrorCode.Success, await pending);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 65535)]
    public void What_was_preallocated_is_empty_at_first_and_publishing_into_it_cannot_lack_memory(PropertyType type, int size)
    {
        Assert.Equal(ErrorCode.Success, _client.TryDefine(Name, PropertyDefinition.Open(type) with { Preallocate = size }));
        Assert.Equal((ErrorCode.Success, 0), (_client.TryGet(Name, new byte[size], out int length, out Revision revision), length));
        Assert.Equal(Revision.None, revision);
        _most = 0;
        foreach (int next in new[] { 1, size, 0, size })
        {
            Assert.Equal(ErrorCode.Success, _client.TrySet(Name, new byte[next]));
            Assert.Equal((ErrorCode.Success, next), (_client.TryGet(Name, new byte[size], out length, out _), length));
        }

        Assert.Equal(ErrorCode.Success, _client.TryPublish(new PropertyBatch().Set(Name, new byte[size]), out _));
    }
}
