#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Testing.Suites;

/// <remarks>Where a watch may be resumed depends on what that watch may see.</remarks>
public abstract partial class PropertyStoreContract
{
    [Fact]
    public void More_says_that_this_watch_gets_more_of_the_revision_whatever_others_get()
    {
        PropertyName mine = Defined(PropertyType.Int, 1);
        PropertyName second = Defined(PropertyType.Int, 2);
        PropertyName hidden = NameOf(3);
        PropertyName foreign = new(0x20000002, 1);
        Owner.Define(hidden, PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass);
        Stranger.Define(foreign, PropertyType.Int, Pass, Pass);
        Owner.Set(mine, 0);
        (IPropertyClient Client, uint? Category, string[] Lines)[] watches =
        [
            (Owner, null, ["1=1@2+", "3=2@2+", "2=3@2+", "1=4@2", "1=5@3+", "3=6@3"]),
            (Owner, OwnerSid, ["1=1@2+", "3=2@2+", "2=3@2", "1=5@3+", "3=6@3"]),
            (Stranger, null, ["1=1@2+", "2=3@2+", "1=4@2", "1=5@3"]),
            (Stranger, OwnerSid, ["1=1@2+", "2=3@2", "1=5@3"]),
            (Stranger, 0x20000002, ["1=4@2"]),
        ];
        WatchLog[] logs = [.. watches.Select(_ => new WatchLog())];
        IDisposable[] running = [.. watches.Select((w, i) => w.Client.Watch(w.Category).Subscribe(logs[i]))];
        Scheduler.Start();
        Array.ForEach(logs, l => l.Lines.Clear());
        Owner.Publish(new PropertyBatch().Set(mine, 1).Set(hidden, 2).Set(second, 3).Set(foreign, 4), out Stamp _);
        Owner.Publish(new PropertyBatch().Set(mine, 5).Set(hidden, 6), out Stamp _);
        Scheduler.Start();
        Assert.All(watches.Zip(logs), w => Assert.Equal(w.First.Lines, w.Second.Lines));
        Array.ForEach(running, r => r.Dispose());
    }

    [Fact]
    public void What_is_current_says_also_whether_more_of_its_revision_follows()
    {
        PropertyName one = Defined(PropertyType.Int, 1);
        PropertyName two = Defined(PropertyType.Int, 2);
        PropertyName three = Defined(PropertyType.Int, 3);
        Owner.Publish(new PropertyBatch().Set(one, 1).Set(two, 2), out Stamp _);
        Owner.Set(three, 3);
        var log = new WatchLog();
        using IDisposable watch = Stranger.Watch().Subscribe(log);
        Scheduler.Start();
        Assert.Equal(["1=1@1+", "2=2@1", "3=3@2", "caught up@2"], log.Lines);
    }

    [Fact]
    public void A_watch_of_little_among_much_finds_it()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, HistoryEntries = 20000 });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        IPropertyClient other = store.Open(store.MintIdentity(new SecureId(0x20000002)));
        PropertyName foreign = new(0x20000002, 1);
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        other.Define(foreign, PropertyType.Int, Pass, Pass);
        var log = new WatchLog();
        using IDisposable watch = client.Watch(OwnerSid).Subscribe(log);
        for (int i = 0; i < 9999; i++)
        {
            other.Set(foreign, i);
        }

        client.Set(NameOf(1), 1);
        for (int i = 0; i < 9999; i++)
        {
            other.Set(foreign, i);
        }

        Scheduler.Start();
        Assert.Equal(["1=0@0", "caught up@0", "1=1@10000"], log.Lines);
    }
}
