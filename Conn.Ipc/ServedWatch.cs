using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Core;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>A watch of a client in another process. It keeps no element: the client reads at its own pace, and is told once when there is something to read.</summary>
internal sealed class ServedWatch : IDisposable
{
    private const int MaxEvents = 64;

    private readonly Lock _reading = new();
    private readonly WatchReader _reader;
    private readonly CancellationTokenSource _over = new();
    private readonly Func<Task> _notify;

    public ServedWatch(StoreCore core, Access access, uint? category, Revision? after, Func<Task> notify)
    {
        _notify = notify;
        Cursor = new WatchCursor(core, access, category, after);
        _reader = new WatchReader(core, access, Cursor, core.DispatcherFor(TaskPoolScheduler.Default));
    }

    public WatchCursor Cursor { get; }

    public void Start()
    {
        _reader.Start();
        _ = NotifyAsync();
    }

    public WireEvents Read(int most)
    {
        PropertyEvent[] taken = new PropertyEvent[Math.Clamp(most, 1, MaxEvents)];
        lock (_reading)
        {
            int count = Cursor.Read(taken);
            return new WireEvents([.. taken.Take(count).Select(static e =>
                new WireEvent((int)e.Kind, WireName.Of(e.Name), WireChange.Of(e.Change), e.Revision.Value, e.More))], Cursor.IsOver);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _over.Cancel();
    }

    private async Task NotifyAsync()
    {
        try
        {
            while (true)
            {
                await _reader.WaitForNewsAsync(_over.Token);
                await _notify();
            }
        }
#pragma warning disable CA1031 // The watch is disposed, or the connection is lost, which ends it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
