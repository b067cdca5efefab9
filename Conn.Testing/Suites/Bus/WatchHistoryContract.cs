#pragma warning disable CS1591 // A test's name is its documentation.
using Conn.PubSub;
using Xunit;

namespace Conn.Testing.Suites.Bus;

/// <summary>What a store promises about watches that resume: nothing is left out, or TooOld says so.</summary>
public abstract class WatchHistoryContract : RacingSuite
{
    private static readonly (uint Key, PropertyType Type)[] Both = [(10, PropertyType.Int), (11, PropertyType.Int)];

    private readonly List<Revision> _revisions = [Revision.None];
    private IPropertyStore _store = null!;
    private IPropertyClient _client = null!;

    [Fact]
    public async Task A_watch_resumes_after_a_revision_and_says_when_it_has_caught_up()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 16 });
        for (int i = 1; i <= 4; i++)
        {
            await PublishAsync(i);
        }

        await PublishAsync(5, 6);
        EventRecorder recorder = Watched(3, out IDisposable watch);
        await PublishAsync(7);
        await SettleAsync();
        Assert.Equal(["1=4@4", "1=5@5+", "2=6@5", "caught up@5", "1=7@6"], recorder.Lines);
        EventRecorder newest = Watched(6, out IDisposable now);
        await SettleAsync();
        Assert.Equal(["caught up@6"], newest.Lines);
        EventRecorder all = Watched(0, out IDisposable first);
        await SettleAsync();
        Assert.Equal("1=1@1", all.Lines[0]);
        Array.ForEach([watch, now, first], static w => w.Dispose());
    }

    [Fact]
    public async Task A_revision_before_the_history_or_never_reached_is_TooOld_and_the_watch_ends()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 4 });
        for (int i = 1; i <= 10; i++)
        {
            await PublishAsync(i);
        }

        _revisions.Add(new Revision(_revisions[^1].Value + 1));
        foreach ((int after, string[] expected) in new (int, string[])[]
        {
            (0, ["too old@6"]), (5, ["too old@6"]), (6, ["1=7@7", "1=8@8", "1=9@9", "1=10@10", "caught up@10"]), (11, ["too old@6"]),
        })
        {
            EventRecorder recorder = Watched(after, out IDisposable watch);
            await SettleAsync();
            Assert.Equal(expected, recorder.Lines);
            Assert.Equal(expected.Length == 1 ? 1 : 0, recorder.Completions);
            List<PropertyEvent> pulled = [];
            await foreach (PropertyEvent element in _client.WatchAsync(null, _revisions[after], Token))
            {
                pulled.Add(element);
                if (element.Kind == PropertyEventKind.CaughtUp)
                {
                    break;
                }
            }

            Assert.Equal(recorder.Events, pulled);
            watch.Dispose();
        }
    }

    [Fact]
    public async Task A_watch_that_falls_behind_the_history_ends_with_TooOld_and_leaves_nothing_out_silently()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 4 });
        EventRecorder recorder = Watched(null, out IDisposable watch);
        await SettleAsync();
        for (int i = 1; i <= 5; i++)
        {
            await PublishAsync(i);
        }

        await SettleAsync();
        Assert.Equal(["1=0@0", "2=0@0", "caught up@0", "too old@1"], recorder.Lines.Select(l => l.Replace("+", string.Empty, StringComparison.Ordinal)));
        Assert.Equal(1, recorder.Completions);
        await PublishAsync(6);
        await SettleAsync();
        Assert.Equal(4, recorder.Lines.Count);
        watch.Dispose();
    }

    [Fact]
    public async Task The_history_keeps_bytes_as_far_as_they_have_room()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 100, HistoryBytes = 20 });
        for (int i = 1; i <= 5; i++)
        {
            await PublishBytesAsync(BytesOf(i));
        }

        Assert.Equal(["2=4@4", "2=5@5", "caught up@5"], await ReadAsync(3));
        Assert.Equal(["too old@3"], await ReadAsync(2));
        await PublishBytesAsync(new byte[21]);
        Assert.Equal(["too old@6"], await ReadAsync(5));
        Assert.Equal(["caught up@6"], await ReadAsync(6));
        await PublishBytesAsync([]);
        await PublishBytesAsync(BytesOf(8));
        Assert.Equal(["2=0@7", "2=8@8", "caught up@8"], await ReadAsync(6));

        async Task PublishBytesAsync(byte[] value) => _revisions.Add((await _client.TrySetAsync(NameOf(2), value, Token)).Revision);

        async Task<List<string>> ReadAsync(int after)
        {
            EventRecorder recorder = Watched(after, out IDisposable watch);
            await SettleAsync();
            watch.Dispose();
            return recorder.Lines;
        }
    }

    [Fact]
    public async Task Without_a_size_the_history_begins_with_the_first_watch()
    {
        await OpenAsync(new PropertyStoreOptions());
        await PublishAsync(1);
        await PublishAsync(2);
        EventRecorder before = Watched(1, out IDisposable one);
        await PublishAsync(3);
        EventRecorder since = Watched(2, out IDisposable two);
        await SettleAsync();
        Assert.Equal(["too old@2"], before.Lines);
        Assert.Equal(["1=3@3", "caught up@3"], since.Lines);
        one.Dispose();
        two.Dispose();
    }

    [Fact]
    public async Task A_watch_of_few_elements_among_many_finds_them()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 20000 });
        IPropertyClient other = await OpenAsync(_store, StrangerSid);
        PropertyName foreign = new(StrangerSid, 1);
        await other.TryDefineAsync(foreign, Open(PropertyType.Int), Token);
        var recorder = new EventRecorder(r => _revisions.IndexOf(r));
        using IDisposable watch = _client.Watch(OwnerSid).Subscribe(recorder);
        for (int i = 0; i < RoundsOf(_store) - 1; i++)
        {
            await other.TrySetAsync(foreign, i, Token);
        }

        await PublishAsync(1);
        for (int i = 0; i < RoundsOf(_store) - 1; i++)
        {
            await other.TrySetAsync(foreign, i, Token);
        }

        await SettleAsync();
        Assert.Equal(["1=0@0+", "2=0@0", "caught up@0", "1=1@1"], recorder.Lines);
    }

    [Fact(Timeout = 30000)]
    public async Task Racing_publishers_of_several_properties_are_watched_in_one_order_with_nothing_left_out()
    {
        await OpenAsync(new PropertyStoreOptions { HistoryEntries = 40_000 }, pooled: true);
        int rounds = RoundsOf(_store);
        var published = new List<(Revision Revision, PropertyName Name, int? Value)>[2];
        Task[] publishers = [.. Enumerable.Range(0, 2).Select(p => Run(async () =>
        {
            published[p] = [];
            for (int i = 1; i <= rounds; i++)
            {
                // Both publish both.
                PropertyName name = NameOf((uint)(10 + ((p + i) % 2)));
                PublishResult result = await _client.TrySetAsync(name, (rounds * p) + i, Token);
                published[p].Add((result.Revision, name, (rounds * p) + i));
            }
        }))];
        var watched = new List<(Revision, PropertyName, int?)>();
        await foreach (PropertyEvent element in _client.WatchAsync(OwnerSid, Revision.None, Token))
        {
            if (element.Kind == PropertyEventKind.Change)
            {
                Assert.False(element.More);
                watched.Add((element.Revision, element.Name, element.Change.Value));
                if (watched.Count == 2 * rounds)
                {
                    break;
                }
            }
        }

        await Task.WhenAll(publishers);
        Assert.All(published, p => Assert.Equal(p.Select(e => e.Revision).Distinct().Order(), p.Select(e => e.Revision)));
        Assert.Equal(published.SelectMany(p => p).OrderBy(e => e.Revision), watched);
    }

    private async Task OpenAsync(PropertyStoreOptions options, bool pooled = false)
    {
        _store = await NewStoreAsync(pooled ? options : options with { Scheduler = Scheduler });
        _client = await OpenAsync(_store, OwnerSid);
        foreach ((uint key, PropertyType type) in pooled ? Both : [(1, PropertyType.Int), (2, PropertyType.ByteArray)])
        {
            Assert.Equal(ErrorCode.Success, await _client.TryDefineAsync(NameOf(key), Open(type), Token));
        }
    }

    private async Task PublishAsync(int number, int? bytes = null)
    {
        PropertyBatch batch = new PropertyBatch().Set(NameOf(1), number);
        if (bytes is { } second)
        {
            batch.Set(NameOf(2), BytesOf(second));
        }

        _revisions.Add((await _client.TryPublishAsync(batch, Token)).Revision);
    }

    private EventRecorder Watched(int? after, out IDisposable watch)
    {
        var recorder = new EventRecorder(r => _revisions.IndexOf(r));
        watch = _client.Watch(null, after is { } index ? _revisions[index] : null).Subscribe(recorder);
        return recorder;
    }
}
