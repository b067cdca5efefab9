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
        _store = new PropertyStore(new PropertyStoreOptions { Allocate = length => length <= _most ? new byte[length] : throw new InsufficientMemoryException() });
        _client = _store.Open(_store.MintIdentity(new SecureId(1)));
    }

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public void A_definition_without_memory_for_its_preallocation_defines_nothing(PropertyType type)
    {
        _most = 99;
        Assert.Equal(ErrorCode.NoMemory, _client.Define(Name, type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 100));
        Assert.Equal(ErrorCode.NotFound, _client.Get(Name, [], out _, out _));
        Assert.Equal(ErrorCode.None, _client.Define(Name, type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 99));
    }

    [Theory]
    [InlineData(PropertyType.ByteArray)]
    [InlineData(PropertyType.LargeByteArray)]
    public async Task A_publish_without_memory_to_grow_leaves_the_old_value_and_tells_nobody(PropertyType type)
    {
        _client.Define(Name, type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
        _client.Define(Number, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass);
        _client.Set(Name, [1, 2, 3]);
        Stamp before = _store.Revision;
        using Property handle = _client.Attach(Name);
        ValueTask<ErrorCode> pending = handle.SubscribeAsync();
        _most = 3;
        Assert.Equal((ErrorCode.NoMemory, Stamp.Never), (_client.CompareAndSet(Name, new byte[4], before, out Stamp made), made));
        Assert.Equal((ErrorCode.Changed, before), (_client.CompareAndSet(Name, new byte[4], Stamp.Never, out made), made));
        Assert.Equal(ErrorCode.NoMemory, _client.Set(Name, new byte[4]));
        Assert.Equal(ErrorCode.NoMemory, _client.Publish(new PropertyBatch().Set(Number, 5).Set(Name, new byte[4]), out made));
        byte[] buffer = new byte[3];
        Assert.Equal(ErrorCode.None, _client.Get(Name, buffer, out int length, out Stamp stamp));
        Assert.Equal((3, before, before), (length, stamp, _store.Revision));
        Assert.Equal([1, 2, 3], buffer);
        Assert.Equal((ErrorCode.None, 0), (_client.Get(Number, out int number), number));
        Assert.False(pending.IsCompleted);
        Assert.Equal(ErrorCode.None, _client.Set(Name, [4, 5]));
        Assert.Equal(ErrorCode.None, await pending);
    }

    [Theory]
    [InlineData(PropertyType.ByteArray, 512)]
    [InlineData(PropertyType.LargeByteArray, 65535)]
    public void What_was_preallocated_is_empty_at_first_and_publishing_into_it_cannot_lack_memory(PropertyType type, int size)
    {
        Assert.Equal(ErrorCode.None, _client.Define(Name, type, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, size));
        Assert.Equal((ErrorCode.None, 0), (_client.Get(Name, new byte[size], out int length, out Stamp stamp), length));
        Assert.Equal(Stamp.Never, stamp);
        _most = 0;
        foreach (int next in new[] { 1, size, 0, size })
        {
            Assert.Equal(ErrorCode.None, _client.Set(Name, new byte[next]));
            Assert.Equal((ErrorCode.None, next), (_client.Get(Name, new byte[size], out length, out _), length));
        }

        Assert.Equal(ErrorCode.None, _client.Publish(new PropertyBatch().Set(Name, new byte[size]), out _));
    }
}
