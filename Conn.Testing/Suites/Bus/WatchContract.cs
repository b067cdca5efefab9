#pragma warning disable CS1591 // A test's name is its documentation.
using System.Reactive.Concurrency;
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about watches: the current values, a marker, then everything that the client may read, in the order of publishing.</summary>
public abstract class WatchContract : PropertyStoreSuite
{
    private static readonly PropertyName Foreign = new(StrangerSid, 1);

    [Fact]
    public async Task A_watch_has_the_current_values_then_a_marker_then_everything_in_the_order_of_publishing()
    {
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = await DefinedAsync(PropertyType.ByteArray, 2);
        PropertyName c = await DefinedAsync(PropertyType.LargeByteArray, 3);
        await SetAsync(b, BytesOf(1));
        await SetAsync(a, 2);
        EventRecorder recorder = Watched(Stranger, out IDisposable watch);
        Assert.Empty(recorder.Lines);
        await SettleAsync();
        Assert.Equal(["3=0@0", "2=1@1", "1=2@2", "caught up@2"], recorder.Lines);
        Assert.Equal([true, true, true], recorder.Events.SkipLast(1).Select(e => e.Change.IsCurrent));
        recorder.Lines.Clear();
        await SetAsync(a, 3);
        await SetAsync(a, 3);
        await SetAsync(c, BytesOf(4));
        await DeleteAsync(b);
        await DefinedAsync(PropertyType.Int, 2);
        await SetAsync(a, 5);
        await SettleAsync();
        Assert.Equal(["1=3@3", "1=3@4", "3=4@5", "2 deleted@6", "1=5@7"], recorder.Lines);
        Assert.All(recorder.Events.Skip(4), e => Assert.False(e.Change.IsCurrent));
        watch.Dispose();
    }

    [Fact]
    public async Task The_current_values_are_those_of_the_moment_at_which_the_watch_began()
    {
        PropertyName a = await DefinedAsync(PropertyType.Int, 1);
        PropertyName b = await DefinedAsync(PropertyType.ByteArray, 2);
        await SetAsync(a, 1);
        EventRecorder recorder = Watched(Stranger, out IDisposable watch);
        await SetAsync(a, 2);
        await SetAsync(b, BytesOf(3));
        await DeleteAsync(a);
        await DefinedAsync(PropertyType.Int, 3);
        await SettleAsync();
        Assert.Equal(["2=0@0", "1=1@1", "caught up@1", "1=2@2", "2=3@3", "1 deleted@4"], recorder.Lines);
        watch.Dispose();
    }

    [Fact]
    public async Task A_watch_of_a_category_has_no_other_and_nothing_unreadable()
    {
        PropertyName own = await DefinedAsync(PropertyType.Int, 1);
        PropertyName hidden = NameOf(2);
        await DefineAsync(hidden, Guarded(PropertyType.Int, Owners, Pass));
        Assert.Equal(ErrorCode.Success, await Stranger.TryDefineAsync(Foreign, Open(PropertyType.Int), Token));
        await SetAsync(hidden, 1);
        EventRecorder recorder = Watched(Stranger, out IDisposable watch, OwnerSid);
        await SetAsync(hidden, 2);
        await SetAsync(Foreign, 3);
        await SetAsync(own, 4);
        await SettleAsync();
        await SetAsync(hidden, 5);
        await SetAsync(own, 6);
        await DeleteAsync(hidden);
        await SettleAsync();
        Assert.Equal(["1=0@0", "caught up@1", "1=4@4", "1=6@6"], recorder.Lines);
        watch.Dispose();
    }

    [Fact]
    public async Task More_says_that_this_watch_gets_more_of_the_revision()
    {
        PropertyName mine = await DefinedAsync(PropertyType.Int, 1);
        PropertyName second = await DefinedAsync(PropertyType.Int, 2);
        PropertyName hidden = NameOf(3);
        await DefineAsync(hidden, Guarded(PropertyType.Int, Owners, Pass));
        await Stranger.TryDefineAsync(Foreign, Open(PropertyType.Int), Token);
        await SetAsync(mine, 0);
        (IPropertyClient Client, uint? Category, string[] Lines)[] watches =
        [
            (Owner, null, ["1=1@2+", "3=2@2+", "2=3@2+", "1=4@2", "1=5@3+", "3=6@3"]),
            (Owner, OwnerSid, ["1=1@2+", "3=2@2+", "2=3@2", "1=5@3+", "3=6@3"]),
            (Stranger, null, ["1=1@2+", "2=3@2+", "1=4@2", "1=5@3"]),
            (Stranger, OwnerSid, ["1=1@2+", "2=3@2", "1=5@3"]),
            (Stranger, StrangerSid, ["1=4@2"]),
        ];
        var running = new List<IDisposable>();
        EventRecorder[] recorders = [.. watches.Select(w =>
        {
            EventRecorder recorder = Watched(w.Client, out IDisposable watch, w.Category);
            running.Add(watch);
            return recorder;
        })];
        await SettleAsync();
        Array.ForEach(recorders, r => r.Lines.Clear());
        await PublishAsync(new PropertyBatch().Set(mine, 1).Set(hidden, 2).Set(second, 3).Set(Foreign, 4));
        await PublishAsync(new PropertyBatch().Set(mine, 5).Set(hidden, 6));
        await SettleAsync();
        Assert.All(watches.Zip(recorders), pair => Assert.Equal(pair.First.Lines, pair.Second.Lines));

        // The same for the current values.
        EventRecorder late = Watched(Stranger, out IDisposable last);
        await SettleAsync();
        Assert.Equal(["2=3@2+", "1=4@2", "1=5@3", "caught up@3"], late.Lines);
        running.ForEach(static r => r.Dispose());
        last.Dispose();
    }

    [Fact]
    public async Task A_watch_ends_with_the_store_and_has_no_element_after_its_disposal()
    {
        PropertyName name = await DefinedAsync();
        EventRecorder ended = Watched(Stranger, out IDisposable one);
        EventRecorder disposed = Watched(Stranger, out IDisposable two);
        await SettleAsync();
        two.Dispose();
        two.Dispose();
        await SetAsync(name, 1);
        await Store.DisposeAsync();
        await SettleAsync();
        Assert.Equal(["1=0@0", "caught up@0", "1=1@1"], ended.Lines);
        Assert.Equal((1, 2, 0), (ended.Completions, disposed.Lines.Count, disposed.Completions));
        one.Dispose();
    }

    [Fact]
    public async Task A_watch_ends_with_its_client_and_no_other_does()
    {
        PropertyName name = await DefinedAsync();
        EventRecorder ended = Watched(Stranger, out IDisposable one);
        EventRecorder other = Watched(Owner, out IDisposable two);
        await SettleAsync();
        await SetAsync(name, 1);
        await Stranger.DisposeAsync();
        await SettleAsync();
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal((1, "1=1@1"), (ended.Completions, ended.Lines[^1]));
        Assert.Equal((0, "1=2@2"), (other.Completions, other.Lines[^1]));
        Assert.Throws<ObjectDisposedException>(() => Stranger.Watch());
        one.Dispose();
        two.Dispose();
    }

    [Fact]
    public async Task A_throwing_watch_is_reported_continues_and_affects_no_other()
    {
        PropertyName name = await DefinedAsync();
        var throwing = new EventRecorder(RankOf, _ => throw new InvalidOperationException("mine"));
        using IDisposable watch = Stranger.Watch().Subscribe(throwing);
        EventRecorder other = Watched(Stranger, out IDisposable second);
        await SetAsync(name, 1);
        await SettleAsync();
        await SetAsync(name, 2);
        await SettleAsync();
        Assert.Equal(["1=0@0", "caught up@0", "1=1@1", "1=2@2"], throwing.Lines);
        Assert.Equal(throwing.Lines, other.Lines);
        Assert.Equal(["mine", "mine", "mine", "mine"], Failures.Select(f => f.Message));
        second.Dispose();
    }

    [Fact]
    public async Task A_watch_may_have_a_scheduler_of_its_own_and_may_dispose_itself()
    {
        PropertyName name = await DefinedAsync();
        var scheduler = new HistoricalScheduler();
        IDisposable? self = null;
        var recorder = new EventRecorder(RankOf, e =>
        {
            if (e.Change.Value == 1)
            {
                Assert.Throws<InvalidOperationException>(() => { _ = ((IAsyncDisposable)self!).DisposeAsync().AsTask(); });
                self!.Dispose();
            }
        });
        self = Stranger.Watch(null, null, scheduler).Subscribe(recorder);
        await SettleAsync();
        Assert.Empty(recorder.Lines);
        scheduler.Start();
        Assert.Equal(["1=0@0", "caught up@0"], recorder.Lines);
        await SetAsync(name, 1);
        await SetAsync(name, 2);
        await SettleAsync();
        scheduler.Start();
        Assert.Equal(["1=0@0", "caught up@0", "1=1@1"], recorder.Lines);
        Assert.Empty(Failures);
    }

    private EventRecorder Watched(IPropertyClient client, out IDisposable watch, uint? category = null)
    {
        var recorder = new EventRecorder(RankOf);
        watch = client.Watch(category).Subscribe(recorder);
        return recorder;
    }
}
