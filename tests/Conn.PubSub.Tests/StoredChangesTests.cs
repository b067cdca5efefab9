using System.Reactive.Concurrency;
using Conn.PubSub.Persistence;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

/// <summary>What is copied under the gate for the file is what changed, however much is persisted.</summary>
public sealed class StoredChangesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("conn-bus-");
    private readonly PropertyStoreOptions _options;

    public StoredChangesTests() =>
        _options = new PropertyStoreOptions { Scheduler = new HistoricalScheduler(), PersistencePath = Path.Combine(_folder.FullName, "bus") };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Only_what_changed_since_the_last_time_is_taken_each_once_and_with_its_last_value()
    {
        using var store = new PropertyStore(_options);
        PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
        for (uint key = 0; key < 100; key++)
        {
            client.Define(new PropertyName(1, key), PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 0, PropertyLifetime.Persisted);
        }

        Assert.Equal(100, Take(store).Changes.Count);
        Assert.Empty(Take(store).Changes);
        client.Set(new PropertyName(1, 5), 1);
        client.Set(new PropertyName(1, 7), 2);
        client.Set(new PropertyName(1, 5), 3);
        client.Delete(new PropertyName(1, 9));
        Assert.Equal([(5u, 3), (7u, 2), (9u, null)], Take(store).Changes.Select(c => (c.Name.Key, c.Property?.Value)));
    }

    [Theory]
    [InlineData(PropertyLifetime.Persisted)]
    [InlineData(PropertyLifetime.Store)]
    public void What_is_deleted_and_defined_again_between_two_writings_is_in_the_file_as_it_is_last(PropertyLifetime last)
    {
        var name = new PropertyName(1, 1);
        using (var store = new PropertyStore(_options))
        {
            PropertyClient client = store.Open(store.MintIdentity(new SecureId(1)));
            client.Define(name, PropertyType.Int, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 0, PropertyLifetime.Persisted);
            client.Set(name, 1);
            store.Flush();
            client.Set(name, 2);
            client.Delete(name);
            client.Define(name, PropertyType.ByteArray, SecurityPolicy.AlwaysPass, SecurityPolicy.AlwaysPass, 0, last);
            client.Set(name, [3]);
            store.Flush();
            client.Set(name, [4]);
        }

        using var again = new PropertyStore(_options);
        PropertyClient reader = again.Open(again.MintIdentity(new SecureId(1)));
        byte[] value = new byte[1];
        ErrorCode code = reader.Get(name, value, out _, out _);
        Assert.Equal(last == PropertyLifetime.Persisted ? (ErrorCode.None, 4) : (ErrorCode.NotFound, 0), (code, (int)value[0]));
    }

    private static StoredChanges Take(PropertyStore store)
    {
        using (store.Gate.Take())
        {
            return store.TakeStoredChanges()!;
        }
    }
}
