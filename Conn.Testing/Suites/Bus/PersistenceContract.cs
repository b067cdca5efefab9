#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises to its persistence: one load, then what changed, each once and with its last value, then one close.</summary>
public abstract class PersistenceContract : PropertyStoreSuite
{
    private static PropertyDefinition Kept => Open(PropertyType.Int) with { Lifetime = PropertyLifetime.Persisted };

    [Fact]
    public async Task What_was_loaded_is_defined_and_the_store_continues_with_its_revision()
    {
        var persistence = new Recording(new PersistedState(new Revision(70), [
            new PersistedProperty(NameOf(1), Kept, new SecureId(OwnerSid), 5, new Revision(60)),
            new PersistedProperty(NameOf(2), Kept with { Type = PropertyType.ByteArray }, new SecureId(StrangerSid), BytesOf(6), Revision.None)]));
        (IPropertyStore store, IPropertyClient client) = await OpenAsync(persistence);
        Assert.Equal(new Revision(70), store.Revision);
        Assert.Equal(new PropertyReading(ErrorCode.Success, 5, new Revision(60)), await client.TryReadAsync(NameOf(1), Token));
        Assert.Equal(new PropertyReading(ErrorCode.Success, BytesOf(6), Revision.None), await client.TryReadAsync(NameOf(2), Token));
        Assert.Equal(ErrorCode.PermissionDenied, await client.TryDeleteAsync(NameOf(2), Token));
        Assert.True(await client.SetAsync(NameOf(1), 1, Token) > new Revision(70));
        Assert.Equal(["load", "changed"], persistence.Calls);
    }

    [Fact]
    public async Task Only_what_changed_since_the_last_take_is_taken_each_once_and_with_its_last_value()
    {
        var persistence = new Recording();
        (IPropertyStore store, IPropertyClient client) = await OpenAsync(persistence);
        for (uint key = 0; key < 1000; key++)
        {
            await client.DefineAsync(NameOf(key), Kept, Token);
        }

        Assert.Equal(1000, persistence.Take().Properties.Count);
        Assert.Empty(persistence.Take().Properties);
        await client.DefineAsync(NameOf(2000), Open(PropertyType.Int), Token);
        await client.SetAsync(NameOf(2000), 1, Token);
        Assert.Equal((0, store.Revision), (persistence.Take().Properties.Count, persistence.Take().Revision));
        await client.SetAsync(NameOf(5), 1, Token);
        await client.SetAsync(NameOf(7), 2, Token);
        await client.SetAsync(NameOf(5), 3, Token);
        await client.TryPublishAsync(new PropertyBatch().Set(NameOf(8), 4), Token);
        await client.TryDeleteAsync(NameOf(9), Token);
        PersistedState taken = persistence.Take();
        Assert.Equal(
            [(5u, 3), (7u, 2), (8u, 4), (9u, null)],
            taken.Properties.OrderBy(p => p.Name.Key).Select(p => (p.Name.Key, p.Definition is null ? null : (int?)p.Value.Int)));
        Assert.Equal(store.Revision, taken.Revision);
    }

    [Fact]
    public async Task The_last_changes_come_with_the_close_and_nothing_after_it()
    {
        var persistence = new Recording();
        (IPropertyStore store, IPropertyClient client) = await OpenAsync(persistence);
        await client.DefineAsync(NameOf(1), Kept, Token);
        persistence.Take();
        Revision last = await client.SetAsync(NameOf(1), 7, Token);
        await store.DisposeAsync();
        await store.DisposeAsync();
        PersistedState closed = Assert.Single(persistence.Closed);
        Assert.Equal((last, 7), (closed.Revision, Assert.Single(closed.Properties).Value.Int));
        Assert.False(persistence.Changes.TryTake(out PersistedState none));
        Assert.Empty(none.Properties);
        Assert.Equal(["load", "changed", "changed", "close"], persistence.Calls);
    }

    [Fact(Timeout = 60000)]
    public async Task The_end_of_the_store_during_a_take_loses_no_change()
    {
        for (int i = 0; i < 20; i++)
        {
            var persistence = new Recording();
            (IPropertyStore store, IPropertyClient client) = await OpenAsync(persistence);
            int count = Math.Min(4000, 2 * RoundsOf(store));
            for (uint key = 0; key < count; key++)
            {
                await client.DefineAsync(NameOf(key), Kept, Token);
            }

            using var begun = new SemaphoreSlim(0);
            Task<PersistedState> taking = Task.Run(
                () =>
                {
                    begun.Release();
                    persistence.Changes.TryTake(out PersistedState taken);
                    return taken;
                },
                Token);
            await begun.WaitAsync(Token);
            await store.DisposeAsync();
            IEnumerable<PersistedProperty> all = (await taking).Properties.Concat(Assert.Single(persistence.Closed).Properties);
            Assert.Equal(count, all.Select(static p => p.Name).Distinct().Count());
        }
    }

    [Fact]
    public async Task Work_for_the_persistence_runs_on_the_scheduler_and_its_exceptions_are_reported()
    {
        var persistence = new Recording();
        await OpenAsync(persistence);
        bool ran = false;
        persistence.Changes.Schedule(() => ran = true);
        persistence.Changes.Schedule(() => throw new InvalidOperationException("mine"));
        Assert.False(ran);
        await SettleAsync();
        Assert.True(ran);
        Assert.Equal("mine", Assert.Single(Failures).Message);
    }

    private async Task<(IPropertyStore Store, IPropertyClient Client)> OpenAsync(Recording persistence)
    {
        IPropertyStore store = await NewStoreAsync(
            new PropertyStoreOptions { Scheduler = Scheduler, ObserverFailed = Failures.Add, Persistence = persistence });
        return (store, await OpenAsync(store, OwnerSid));
    }

    private sealed class Recording(PersistedState? state = null) : IPropertyPersistence
    {
        public List<string> Calls { get; } = [];

        public List<PersistedState> Closed { get; } = [];

        public IPersistedChanges Changes { get; private set; } = null!;

        public PersistedState Take()
        {
            Assert.True(Changes.TryTake(out PersistedState taken));
            return taken;
        }

        public PersistedState Load(IPersistedChanges changes)
        {
            Calls.Add("load");
            Changes = changes;
            return state ?? new PersistedState(Revision.None, []);
        }

        public void Changed() => Calls.Add("changed");

        public void Close(PersistedState last)
        {
            Calls.Add("close");
            Closed.Add(last);
        }
    }
}
