using System.Collections.Concurrent;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What a store does when its connection is lost and the server still has, or has no more, what it had.</summary>
public sealed class ReconnectTests : IAsyncLifetime
{
    private static readonly SecureId Sid = new(0x20000001);
    private static readonly PropertyName Level = new(0x20000001, 1);
    private static readonly PropertyName Other = new(0x20000001, 2);

    private readonly SocketFolder _folder = new();
    private PropertyStore _served = new();
    private PropertyClient _owner = null!;
    private IpcServer _server = null!;
    private Cut _cut = null!;
    private IpcPropertyStore _store = null!;
    private IPropertyClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = Serve();
        _cut = new Cut(_folder.Socket);
        _store = await ConnectAsync(static o => o);
        _client = await _store.OpenAsync(_store.MintIdentity(Sid, CapabilitySet.Empty), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _cut.DisposeAsync();
        await _server.DisposeAsync();
        _served.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_handle_goes_on_and_keeps_the_last_known_value_meanwhile()
    {
        using IProperty handle = await _client.AttachAsync(Level, Token);
        _owner.Set(Level, 1);
        await _client.TryReadAsync(Level, Token);
        _cut.Refuses = true;
        _cut.Now();
        await StateAsync(IpcConnectionState.Disconnected);
        _owner.Set(Level, 2);

        Assert.Equal((ErrorCode.Success, 1), (handle.TryGet(out int value, out _), value));
        Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(async () => await handle.TrySetAsync(5, Token))).Code);
        Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(async () => await _client.TryReadAsync(Level, Token))).Code);

        _cut.Refuses = false;
        await StateAsync(IpcConnectionState.Connected);
        Assert.Equal((ErrorCode.Success, 2), (handle.TryGet(out value, out Revision revision), value));
        Assert.Equal(revision, _store.Revision);
        PublishResult set = await handle.TryCompareAndSetAsync(3, revision, Token);
        Assert.Equal((ErrorCode.Success, 3), (set.Code, _owner.TryGet(Level, out value).IsSuccess ? value : -1));
        Assert.Null(_store.ConnectionFailure);
    }

    [Fact]
    public async Task A_stream_goes_on_with_the_last_value_and_says_nothing_when_nothing_changed()
    {
        Recorder seen = new();
        using IDisposable observing = _client.Observe(Level, ObserveOptions.Buffered(16)).Subscribe(seen);
        await seen.ValueAsync(0);
        _owner.Set(Level, 1);
        await seen.ValueAsync(1);
        await CutAndWaitAsync();
        await CutAndWaitAsync(() =>
        {
            _owner.Set(Level, 2);
            _owner.Set(Level, 3);
        });
        await seen.ValueAsync(3);
        _owner.Set(Level, 4);
        await seen.ValueAsync(4);

        Assert.Equal([0, 1, 3, 4], seen.Values.Where(static v => v is not null).Select(static v => v!.Value));
        seen.IsRising();
    }

    [Fact]
    public async Task A_delete_meanwhile_is_seen_once_and_also_when_the_property_is_back()
    {
        Recorder gone = new();
        Recorder back = new();
        using IDisposable one = _client.Observe(Level, ObserveOptions.Buffered(16)).Subscribe(gone);
        using IDisposable two = _client.Observe(Other, ObserveOptions.Buffered(16)).Subscribe(back);
        await gone.ValueAsync(0);
        await back.ValueAsync(0);
        _owner.Set(Level, 1);
        _owner.Set(Other, 1);
        await gone.ValueAsync(1);
        await back.ValueAsync(1);
        await CutAndWaitAsync(() =>
        {
            _owner.Delete(Level);
            _owner.Delete(Other);
            Define();
            _owner.Delete(Level);
            _owner.Set(Other, 2);
        });
        await back.ValueAsync(2);
        await gone.ValueAsync(null);
        Define();
        _owner.Set(Level, 7);
        await gone.ValueAsync(7);

        Assert.Equal([0, 1, null, 7], gone.Values);
        Assert.Equal([0, 1, null, 2], back.Values);
        gone.IsRising();
        back.IsRising();
    }

    [Fact]
    public async Task A_subscription_completes_with_what_happened_meanwhile_or_goes_on()
    {
        using IProperty level = await _client.AttachAsync(Level, Token);
        using IProperty other = await _client.AttachAsync(Other, Token);
        Task<ErrorCode> published = level.SubscribeAsync(Token).AsTask();
        Task<ErrorCode> waiting = other.SubscribeAsync(Token).AsTask();
        await CutAndWaitAsync(() => _owner.Set(Level, 1));

        Assert.Equal(ErrorCode.Success, await published.WaitAsync(Token));
        Assert.False(waiting.IsCompleted);
        await _client.TryReadAsync(Other, Token);
        Assert.True(_owner.HasSubscribers(Other));
        _owner.Set(Other, 1);
        Assert.Equal(ErrorCode.Success, await waiting.WaitAsync(Token));
    }

    [Fact]
    public async Task A_subscription_whose_outcome_cannot_be_known_ends_with_ServerTerminated()
    {
        PropertyName undefined = new(0x20000001, 9);
        using IProperty handle = await _client.AttachAsync(undefined, Token);
        Task<ErrorCode> waiting = handle.SubscribeAsync(Token).AsTask();
        await CutAndWaitAsync(() =>
        {
            _owner.Define(undefined, PropertyDefinition.Open(PropertyType.Int));
            _owner.Set(undefined, 1);
            _owner.Delete(undefined);
        });
        Assert.Equal(ErrorCode.ServerTerminated, await waiting.WaitAsync(Token));
    }

    [Fact]
    public async Task Another_store_deletes_what_was_there_and_revisions_go_on_rising()
    {
        Recorder seen = new();
        Recorder lost = new();
        using IDisposable one = _client.Observe(Level, ObserveOptions.Buffered(16)).Subscribe(seen);
        using IDisposable two = _client.Observe(Other, ObserveOptions.Buffered(16)).Subscribe(lost);
        using IProperty handle = await _client.AttachAsync(Level, Token);
        for (int i = 1; i <= 20; i++)
        {
            _owner.Set(Level, i);
        }

        await seen.ValueAsync(20);
        await _client.TryReadAsync(Level, Token);
        Assert.Equal(ErrorCode.Success, handle.TryGet(out _, out Revision old));
        Task<ErrorCode> waiting = handle.SubscribeAsync(Token).AsTask();
        _cut.Refuses = true;
        _cut.Now();
        await StateAsync(IpcConnectionState.Disconnected);
        await _server.DisposeAsync();
        _served.Dispose();
        _served = new PropertyStore();
        _server = Serve();
        _owner.Delete(Other);
        _owner.Set(Level, 5);
        _cut.Refuses = false;
        await StateAsync(IpcConnectionState.Connected);
        await seen.ValueAsync(5);
        await lost.ValueAsync(null);

        Assert.Equal(ErrorCode.ServerTerminated, await waiting.WaitAsync(Token));
        Assert.Equal([null, 5], seen.Values.TakeLast(2));
        seen.IsRising();
        Assert.Equal(ErrorCode.Changed, (await handle.TryCompareAndSetAsync(6, old, Token)).Code);
        Assert.Equal(ErrorCode.Success, handle.TryGet(out _, out Revision present));
        Assert.True(present > old);
        PublishResult set = await handle.TryCompareAndSetAsync(6, present, Token);
        Assert.Equal((ErrorCode.Success, true), (set.Code, set.Revision > present));
        Assert.Equal(set.Revision, (await _client.TryReadAsync(Level, Token)).Revision);
        Assert.Equal(set.Revision, (await _client.ListAsync(cancellationToken: Token))[0].Current.Revision);
        await seen.ValueAsync(6);
        seen.IsRising();
    }

    [Fact]
    public async Task An_own_publish_is_skipped_and_another_clients_is_not_whatever_numbers_a_new_server_gives()
    {
        Recorder seen = new();
        using IDisposable observing = _client.Observe(Level, ObserveOptions.Buffered(16) with { SkipOwn = true }).Subscribe(seen);
        await seen.ValueAsync(0);
        await CutAndWaitAsync();
        Assert.Equal(ErrorCode.Success, (await _client.TrySetAsync(Level, 1, Token)).Code);
        _owner.Set(Level, 2);
        await seen.ValueAsync(2);
        Assert.Equal([0, 2], seen.Values);
    }

    [Fact]
    public async Task A_watch_goes_on_without_a_gap_and_says_once_that_it_has_caught_up()
    {
        Events seen = new();
        using IDisposable watch = _client.Watch(0x20000001).Subscribe(seen);
        await seen.CountAsync(3);
        await CutAndWaitAsync(() =>
        {
            _owner.Publish(new PropertyBatch().Set(Level, 1).Set(Other, 1));
            _owner.Set(Level, 2);
        });
        _owner.Set(Level, 3);
        await seen.CountAsync(7);

        Assert.Single(seen.All, static e => e.Kind == PropertyEventKind.CaughtUp);
        Assert.Equal([1, 1, 2, 3], seen.All.Skip(3).Select(static e => e.Change.Value));
    }

    [Fact]
    public async Task A_watch_that_the_history_left_behind_or_of_another_store_ends_with_TooOld()
    {
        Events behind = new();
        using IDisposable watch = _client.Watch(0x20000001).Subscribe(behind);
        await behind.CountAsync(3);
        await CutAndWaitAsync(() =>
        {
            for (int i = 0; i < 3000; i++)
            {
                _owner.Set(Level, i);
            }
        });
        await behind.Completed.Task.WaitAsync(Token);
        Assert.Equal(PropertyEventKind.TooOld, behind.All.Last().Kind);
    }

    [Fact]
    public async Task A_store_that_does_not_reconnect_ends_as_when_it_is_closed()
    {
        await using IpcPropertyStore once = await ConnectAsync(static o => o with { ReconnectFor = TimeSpan.Zero });
        IPropertyClient client = await once.OpenAsync(once.MintIdentity(Sid, CapabilitySet.Empty), Token);
        Recorder seen = new();
        using IDisposable observing = client.Observe(Level).Subscribe(seen);
        using IProperty handle = await client.AttachAsync(Level, Token);
        Task<ErrorCode> waiting = handle.SubscribeAsync(Token).AsTask();
        Events events = new();
        using IDisposable watch = client.Watch().Subscribe(events);
        await events.CountAsync(3);
        _cut.Now();
        Assert.Equal(ErrorCode.ServerTerminated, await waiting.WaitAsync(Token));
        await seen.Completed.Task.WaitAsync(Token);
        await events.Completed.Task.WaitAsync(Token);
        Assert.Equal(IpcConnectionState.Ended, once.ConnectionState);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.TryReadAsync(Level, Token));
    }

    [Fact]
    public async Task A_store_gives_up_after_the_time_that_is_set_and_names_the_reason()
    {
        await using IpcPropertyStore brief = await ConnectAsync(
            static o => o with { ReconnectFor = TimeSpan.FromMilliseconds(50), ReconnectPause = TimeSpan.FromMilliseconds(5) });
        _cut.Refuses = true;
        _cut.Now();
        await brief.ConnectionStates.WaitAsync(IpcConnectionState.Ended, Token);
        Assert.IsType<ConnException>(brief.ConnectionFailure);
    }

    [Fact]
    public async Task What_begins_while_there_is_no_connection_is_there_when_it_is_back()
    {
        _cut.Refuses = true;
        _cut.Now();
        await StateAsync(IpcConnectionState.Disconnected);
        Recorder seen = new();
        Events events = new();
        using IDisposable observing = _client.Observe(Level).Subscribe(seen);
        using IDisposable watch = _client.Watch(0x20000001).Subscribe(events);
        Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(async () => await _client.AttachAsync(Level, Token))).Code);
        _cut.Refuses = false;
        await seen.ValueAsync(0);
        await events.CountAsync(3);
    }

    [Fact]
    public async Task Closing_a_store_ends_its_attempts_to_connect()
    {
        _cut.Refuses = true;
        _cut.Now();
        await StateAsync(IpcConnectionState.Disconnected);
        await _store.DisposeAsync();
        Assert.Equal(IpcConnectionState.Ended, _store.ConnectionState);
    }

    private async Task<IpcPropertyStore> ConnectAsync(Func<IpcClientOptions, IpcClientOptions> configure) => await IpcPropertyStore.ConnectAsync(
        configure(new IpcClientOptions { SocketPath = _cut.Path, ReconnectPause = TimeSpan.FromMilliseconds(1), MaxReconnectPause = TimeSpan.FromMilliseconds(5) }), Token);

    private IpcServer Serve()
    {
        _owner = _served.Open(Sid);
        Define();
        return IpcServer.Start(new IpcServerOptions { SocketPath = _folder.Socket, Store = _served });
    }

    private void Define()
    {
        _owner.TryDefine(Level, PropertyDefinition.Open(PropertyType.Int));
        _owner.TryDefine(Other, PropertyDefinition.Open(PropertyType.Int));
    }

    private Task StateAsync(IpcConnectionState state) => _store.ConnectionStates.WaitAsync(state, Token);

    private async Task CutAndWaitAsync(Action? meanwhile = null)
    {
        _cut.Refuses = true;
        _cut.Now();
        await StateAsync(IpcConnectionState.Disconnected);
        meanwhile?.Invoke();
        _cut.Refuses = false;
        await StateAsync(IpcConnectionState.Connected);
    }

    /// <summary>Keeps what a stream delivered.</summary>
    private sealed class Recorder : IObserver<PropertyChange>
    {
        private readonly ConcurrentQueue<PropertyChange> _all = [];
        private readonly SemaphoreSlim _news = new(0);

        public TaskCompletionSource Completed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Null for a delete.</summary>
        public IReadOnlyList<int?> Values => [.. _all.Select(static c => c.Kind == PropertyChangeKind.Value ? c.Value : null)];

        public void OnNext(PropertyChange value)
        {
            _all.Enqueue(value);
            _news.Release();
        }

        public void OnError(Exception error) => Completed.TrySetException(error);

        public void OnCompleted() => Completed.TrySetResult();

        public async Task ValueAsync(int? last)
        {
            while (_all.IsEmpty || Values[^1] != last)
            {
                Assert.True(await _news.WaitAsync(TimeSpan.FromSeconds(20), Token), $"{last} did not come; {string.Join(' ', _all)}");
            }
        }

        public void IsRising()
        {
            Revision[] revisions = [.. _all.Select(static c => c.Revision)];
            Assert.True(revisions.Zip(revisions.Skip(1)).All(static p => p.First < p.Second), string.Join(' ', _all));
        }
    }

    /// <summary>Keeps what a watch delivered.</summary>
    private sealed class Events : IObserver<PropertyEvent>
    {
        private readonly SemaphoreSlim _news = new(0);

        public ConcurrentQueue<PropertyEvent> All { get; } = [];

        public TaskCompletionSource Completed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnNext(PropertyEvent value)
        {
            All.Enqueue(value);
            _news.Release();
        }

        public void OnError(Exception error) => Completed.TrySetException(error);

        public void OnCompleted() => Completed.TrySetResult();

        public async Task CountAsync(int count)
        {
            while (All.Count < count)
            {
                Assert.True(await _news.WaitAsync(TimeSpan.FromSeconds(20), Token), $"{count} did not come; {string.Join(' ', All)}");
            }
        }
    }
}
