using System.Globalization;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Connections that are cut in any place, also in the middle of a message, while others publish.</summary>
public sealed class ReconnectRaceTests
{
    private const int Properties = 8;
    private const uint Category = 0x20000001;
    private static readonly SecureId Sid = new(Category);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>CONN_CUTS says how many.</summary>
    [Fact]
    public async Task No_last_value_is_lost_over_a_thousand_cuts_under_racing_publishers()
    {
        int cuts = int.Parse(Environment.GetEnvironmentVariable("CONN_CUTS") ?? "1000", CultureInfo.InvariantCulture);
        using StrayExceptions strays = new();
        using SocketFolder folder = new();
        using PropertyStore served = new(new PropertyStoreOptions { HistoryEntries = 1 << 16 });
        using PropertyClient owner = served.Open(Sid);
        PropertyName[] names = [.. Enumerable.Range(0, Properties).Select(static i => new PropertyName(Category, (uint)i))];
        Array.ForEach(names, n => owner.Define(n, PropertyDefinition.Open(PropertyType.Int)));
        await using IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket, Store = served });
        await using Cut cut = new(folder.Socket);
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(new IpcClientOptions
        {
            SocketPath = cut.Path, ReconnectPause = TimeSpan.FromMilliseconds(1), MaxReconnectPause = TimeSpan.FromMilliseconds(2),
        }, Token);
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(Sid, CapabilitySet.Empty), Token);
        Latest[] latest = [.. names.Select(static _ => new Latest())];
        Watched watched = new();
        List<IDisposable> subscriptions = [.. names.Select((n, i) => client.Observe(n).Subscribe(latest[i])), client.Watch(Category).Subscribe(watched)];
        List<IProperty> handles = [];
        foreach (PropertyName name in names)
        {
            handles.Add(await client.AttachAsync(name, Token));
        }

        await watched.CaughtUp.Task.WaitAsync(Token);
        using CancellationTokenSource over = new();
        using SemaphoreSlim turns = new(0);
        int[] completions = new int[Properties];
        Task[] running =
        [
            .. Enumerable.Range(0, 2).Select(p => Task.Run(() => PublishAsync(owner, names, p, turns, over.Token), Token)),
            .. handles.Select((h, i) => FollowAsync(h, i, completions, over.Token)),
        ];
        Random random = new(7);
        for (int i = 0; i < cuts; i++)
        {
            await store.ConnectionStates.WaitAsync(IpcConnectionState.Connected, Token);
            int made = cut.Connections;
            switch (i % 3)
            {
                case 0:
                    cut.Now();
                    break;
                case 1:
                    cut.After(toClient: random.Next(2000));
                    break;
                default:
                    cut.After(toServer: random.Next(200));
                    break;
            }

            while (cut.Connections == made && store.ConnectionState == IpcConnectionState.Connected)
            {
                // Makes the bytes that lead to the cut.
                turns.Release(2);
                await Ignored(client.TryReadAsync(names[0], Token));
            }
        }

        cut.After();
        await over.CancelAsync();
        await Task.WhenAll(running.Take(2));
        int[] last = [.. names.Select((n, i) => owner.TryGet(n, out int value).IsSuccess ? value : -1)];
        for (int i = 0; i < Properties; i++)
        {
            await latest[i].ReachAsync(last[i]);
            Assert.True(latest[i].IsRising);
        }

        await store.ConnectionStates.WaitAsync(IpcConnectionState.Connected, Token);
        await client.TryReadAsync(names[0], Token);
        Assert.Equal(last, handles.Select(static h => h.TryGet(out int value, out _).IsSuccess ? value : -1));
        handles.ForEach(static h => h.Cancel());
        await Task.WhenAll(running);
        Assert.True(watched.IsRising, "A watch went back.");
        Assert.True(watched.HasNoGap || watched.IsTooOld, "A watch has a gap.");
        subscriptions.ForEach(static s => s.Dispose());
        handles.ForEach(static h => h.Dispose());
        Console.WriteLine($"{cuts} cuts, {cut.Connections} connections, {watched.Count} elements watched, {completions.Sum()} completions");
    }

    // As fast as it can, but only as much as the other side of the race does: two cores must be enough.
    private static async Task PublishAsync(PropertyClient owner, PropertyName[] names, int publisher, SemaphoreSlim turns, CancellationToken over)
    {
        for (int i = 1; !over.IsCancellationRequested; i++)
        {
            owner.Set(names[(publisher * Properties / 2) + (i % (Properties / 2))], i);
            if (i % 16 == 0)
            {
                await turns.WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task FollowAsync(IProperty handle, int number, int[] completions, CancellationToken over)
    {
        while (!over.IsCancellationRequested && await handle.SubscribeAsync(CancellationToken.None) is var code && (code.IsSuccess || code == ErrorCode.ServerTerminated))
        {
            completions[number]++;
        }
    }

    private static async Task Ignored(ValueTask<PropertyReading> reading)
    {
        try
        {
            await reading;
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            await Task.Yield();
        }
    }

    private sealed class Latest : IObserver<PropertyChange>
    {
        private readonly SemaphoreSlim _news = new(0);
        private PropertyChange _last;

        public bool IsRising { get; private set; } = true;

        public void OnNext(PropertyChange value)
        {
            IsRising &= value.Revision > _last.Revision || _last.Revision == Revision.None;
            _last = value;
            _news.Release();
        }

        public void OnError(Exception error) => throw error;

        public void OnCompleted()
        {
        }

        public async Task ReachAsync(int value)
        {
            while (_last.Value != value)
            {
                Assert.True(await _news.WaitAsync(TimeSpan.FromSeconds(20), Token), $"{value} did not come; the last was {_last}");
            }
        }
    }

    private sealed class Watched : IObserver<PropertyEvent>
    {
        private Revision _last;

        public TaskCompletionSource CaughtUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsRising { get; private set; } = true;

        /// <summary>Whether every revision since it caught up was there: each publish has one of its own.</summary>
        public bool HasNoGap { get; private set; } = true;

        public bool IsTooOld { get; private set; }

        public int Count { get; private set; }

        public void OnNext(PropertyEvent value)
        {
            Count++;
            if (value.Kind == PropertyEventKind.CaughtUp)
            {
                _last = value.Revision;
                CaughtUp.TrySetResult();
            }
            else if (value.Kind == PropertyEventKind.TooOld)
            {
                IsTooOld = true;
            }
            else if (CaughtUp.Task.IsCompleted)
            {
                IsRising &= value.Revision > _last;
                HasNoGap &= value.Revision.Value == _last.Value + 1;
                _last = value.Revision;
            }
        }

        public void OnError(Exception error) => throw error;

        public void OnCompleted()
        {
        }
    }
}
