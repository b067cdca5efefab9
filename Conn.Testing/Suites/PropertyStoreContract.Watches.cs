#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;
using Xunit;

namespace Conn.Testing.Suites;

public abstract partial class PropertyStoreContract
{
    [Fact]
    public void A_watch_tells_what_is_current_then_a_marker_then_everything_in_the_order_of_publishing()
    {
        PropertyName a = Defined(PropertyType.Int, 1);
        PropertyName b = Defined(PropertyType.ByteArray, 2);
        PropertyName c = Defined(PropertyType.LargeByteArray, 3);
        Owner.Set(b, BytesOf(1));
        Owner.Set(a, 2);
        var log = new WatchLog();
        using IDisposable watch = Stranger.Watch().Subscribe(log);
        Scheduler.Start();
        Assert.Equal(["3=0@0", "2=1@1", "1=2@2", "caught up@2"], log.Lines);
        log.Lines.Clear();
        Owner.Set(a, 3);
        Owner.Set(a, 3);
        Owner.Set(c, BytesOf(4));
        Owner.Delete(b);
        Owner.Set(a, 5);
        Scheduler.Start();
        Assert.Equal(["1=3@3", "1=3@4", "3=4@5", "2 deleted@6", "1=5@7"], log.Lines);
    }

    [Fact]
    public void A_watch_of_a_category_tells_no_other_and_nothing_unreadable()
    {
        PropertyName own = Defined(PropertyType.Int, 1);
        PropertyName hidden = NameOf(2);
        Owner.Define(hidden, PropertyType.Int, SecurityPolicy.ForSecureId(new SecureId(OwnerSid)), Pass);
        PropertyName foreign = new(0x20000002, 1);
        Stranger.Define(foreign, PropertyType.Int, Pass, Pass);
        var log = new WatchLog();
        using IDisposable watch = Stranger.Watch(OwnerSid).Subscribe(log);
        Owner.Set(hidden, 1);
        Owner.Set(foreign, 2);
        Owner.Set(own, 3);
        Scheduler.Start();
        Owner.Set(hidden, 4);
        Owner.Set(own, 5);
        Owner.Delete(hidden);
        Scheduler.Start();
        Assert.Equal(5, log.Events.Where(e => e.Name == own).Select(e => e.Change.Value).Last());
        Assert.DoesNotContain(log.Events, e => e.Name == hidden || e.Name == foreign);
        Assert.Single(log.Events, e => e.Kind == PropertyEventKind.CaughtUp);
    }

    [Fact]
    public void A_watch_resumes_after_a_revision_and_says_when_it_has_caught_up()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, HistoryEntries = 16 });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        client.Define(NameOf(2), PropertyType.ByteArray, Pass, Pass);
        for (int i = 1; i <= 4; i++)
        {
            client.Set(NameOf(1), i);
        }

        client.Publish(new PropertyBatch().Set(NameOf(1), 5).Set(NameOf(2), BytesOf(6)), out Stamp both);
        var log = new WatchLog();
        using IDisposable watch = client.Watch(after: new Stamp(3)).Subscribe(log);
        client.Set(NameOf(1), 7);
        Scheduler.Start();
        Assert.Equal(["1=4@4", "1=5@5+", "2=6@5", "caught up@5", "1=7@6"], log.Lines);
        Assert.Equal(5, both.Value);
        var late = new WatchLog();
        using IDisposable now = client.Watch(after: store.Revision).Subscribe(late);
        Scheduler.Start();
        Assert.Equal(["caught up@6"], late.Lines);
    }

    [Fact]
    public void A_revision_the_history_no_longer_holds_is_answered_by_TooOld_and_the_watch_ends()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, HistoryEntries = 4 });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        for (int i = 1; i <= 10; i++)
        {
            client.Set(NameOf(1), i);
        }

        foreach ((long after, string[] told) in new (long, string[])[]
        {
            (5, ["too old@6"]), (6, ["1=7@7", "1=8@8", "1=9@9", "1=10@10", "caught up@10"]), (11, ["too old@6"]),
        })
        {
            var log = new WatchLog();
            using IDisposable watch = client.Watch(after: new Stamp(after)).Subscribe(log);
            Scheduler.Start();
            Assert.Equal(told, log.Lines);
            Assert.Equal(told[0].StartsWith("too", StringComparison.Ordinal) ? 1 : 0, log.Completions);
        }
    }

    [Fact]
    public void A_watcher_that_falls_behind_the_history_is_told_so_and_nothing_is_left_out_silently()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, HistoryEntries = 4 });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.Int, Pass, Pass);
        var log = new WatchLog();
        using IDisposable watch = client.Watch().Subscribe(log);
        Scheduler.Start();
        for (int i = 1; i <= 5; i++)
        {
            client.Set(NameOf(1), i);
        }

        Scheduler.Start();
        Assert.Equal(["1=0@0", "caught up@0", "too old@1"], log.Lines);
        Assert.Equal(1, log.Completions);
        client.Set(NameOf(1), 6);
        Scheduler.Start();
        Assert.Equal(3, log.Lines.Count);
    }

    [Fact]
    public void The_history_keeps_bytes_as_far_as_they_have_room()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { Scheduler = Scheduler, HistoryEntries = 100, HistoryBytes = 20 });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        client.Define(NameOf(1), PropertyType.ByteArray, Pass, Pass);
        for (int i = 1; i <= 5; i++)
        {
            client.Set(NameOf(1), BytesOf(i));
        }

        Assert.Equal(["1=4@4", "1=5@5", "caught up@5"], Watched(3));
        Assert.Equal(["too old@3"], Watched(2));
        client.Set(NameOf(1), new byte[21]);
        Assert.Equal(["too old@6"], Watched(5));
        Assert.Equal(["caught up@6"], Watched(6));

        List<string> Watched(long after)
        {
            var log = new WatchLog();
            using IDisposable watch = client.Watch(after: new Stamp(after)).Subscribe(log);
            Scheduler.Start();
            return log.Lines;
        }
    }

    [Fact]
    public void A_watch_ends_with_the_store_and_is_silent_after_its_disposal()
    {
        PropertyName name = Defined(PropertyType.Int);
        var log = new WatchLog();
        var gone = new WatchLog();
        using IDisposable watch = Stranger.Watch().Subscribe(log);
        IDisposable other = Stranger.Watch().Subscribe(gone);
        Scheduler.Start();
        other.Dispose();
        Owner.Set(name, 1);
        Store.Dispose();
        Scheduler.Start();
        Assert.Equal(["1=0@0", "caught up@0", "1=1@1"], log.Lines);
        Assert.Equal(1, log.Completions);
        Assert.Equal(2, gone.Lines.Count);
        Assert.Equal(0, gone.Completions);
    }

    [Fact]
    public void A_throwing_watcher_hurts_nobody_is_reported_and_goes_on()
    {
        PropertyName name = Defined(PropertyType.Int);
        var log = new WatchLog { Then = _ => throw new InvalidOperationException("mine") };
        using IDisposable watch = Stranger.Watch().Subscribe(log);
        Owner.Set(name, 1);
        Scheduler.Start();
        Owner.Set(name, 2);
        Scheduler.Start();
        Assert.Equal(2, log.Events[^1].Change.Value);
        Assert.Equal(log.Events.Count, Failures.Count);
    }

    [Fact(Timeout = 30000)]
    public async Task Racing_publishers_of_several_properties_are_watched_in_one_order_with_nothing_left_out()
    {
        using IPropertyStore store = CreateStore(new PropertyStoreOptions { HistoryEntries = 4 * Rounds });
        IPropertyClient client = store.Open(store.MintIdentity(new SecureId(OwnerSid)));
        for (uint key = 0; key < 3; key++)
        {
            client.Define(NameOf(key), PropertyType.Int, Pass, Pass);
        }

        Task[] publishers = [.. Enumerable.Range(0, 3).Select(p => Run(() =>
        {
            for (int i = 1; i <= Rounds; i++)
            {
                client.Set(NameOf((uint)p), i);
            }
        }))];
        long expected = 0;
        int[] last = new int[3];
        await foreach (PropertyEvent told in client.WatchAsync(after: Stamp.Never, cancellationToken: TestContext.Current.CancellationToken))
        {
            if (told.Kind == PropertyEventKind.Change)
            {
                Assert.Equal(++expected, told.Revision.Value);
                Assert.Equal(++last[told.Name.Key], told.Change.Value);
                if (expected == 3 * Rounds)
                {
                    break;
                }
            }
        }

        await Task.WhenAll(publishers);
    }

    private sealed class WatchLog : IObserver<PropertyEvent>
    {
        public List<string> Lines { get; } = [];

        public List<PropertyEvent> Events { get; } = [];

        public Action<PropertyEvent>? Then { get; init; }

        public int Completions { get; private set; }

        public void OnCompleted() => Completions++;

        public void OnError(Exception error) => throw error;

        public void OnNext(PropertyEvent value)
        {
            Events.Add(value);
            Lines.Add(value.Kind switch
            {
                PropertyEventKind.CaughtUp => $"caught up@{value.Revision}",
                PropertyEventKind.TooOld => $"too old@{value.Revision}",
                _ when value.Change.Kind == PropertyChangeKind.Deleted => $"{value.Name.Key} deleted@{value.Revision}",
                _ => $"{value.Name.Key}={NumberOf(value.Change)}@{value.Revision}{(value.More ? "+" : string.Empty)}",
            });
            Then?.Invoke(value);
        }
    }
}
