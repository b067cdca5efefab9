using Conn.PubSub;
using Conn.PubSub.Delivering;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>The position of a watch at the server. It asks for elements when its observer is ready for them, so a slow observer keeps nothing.</summary>
internal sealed class RemoteCursor(BusConnection connection, int client, uint? category, Revision? after, SecureId subscriber) : EventCursor
{
    private const int EventsPerRead = 64;

    private readonly Lock _lock = new(); // guards everything below
    private readonly Queue<PropertyEvent> _events = new();
    private Task<int>? _reading;
    private Turn? _turn;
    private Revision _delivered = after ?? Revision.None;
    private long _watch;
    private long _received;
    private long _seen;
    private bool _news = true;
    private bool _last;
    private bool _ended;
    private bool _over;
    private bool _left;

    public int Client => client;

    public override bool IsOver => Volatile.Read(ref _over);

    public override bool HasEnd => Volatile.Read(ref _ended);

    /// <summary>Begins at the server. Outside the lock of the store.</summary>
    public void Begin(Turn turn)
    {
        _turn = turn;
        _watch = connection.Begin(this, client, category, after);
        lock (_lock)
        {
            _reading = ReadAsync();
        }
    }

    public override void Begin(Watches watches)
    {
    }

    public override void End() => Volatile.Write(ref _ended, true);

    public override void Abandon()
    {
        lock (_lock)
        {
            _left = true;
        }

        connection.End(_watch);
    }

    public override SubscriptionInfo Describe() => new(SubscriptionKind.Watch, null, category, subscriber, _delivered, 0);

    /// <summary>Called when there is something to read.</summary>
    public void HasNews()
    {
        lock (_lock)
        {
            _news = true;
        }

        Wake();
    }

    public override int Read(Span<PropertyEvent> buffer)
    {
        lock (_lock)
        {
            int count = 0;
            while (count < buffer.Length && _events.TryDequeue(out PropertyEvent read))
            {
                buffer[count++] = read;
                _delivered = read.Revision;
            }

            if (_events.Count == 0 && count < buffer.Length)
            {
                if (_last || _ended)
                {
                    _over = true;
                }
                else if (_news && _reading is null && !_left)
                {
                    _reading = ReadAsync();
                }
            }

            return count;
        }
    }

    /// <summary>Reads everything that was published until now.</summary>
    public async Task DrainAsync()
    {
        while (true)
        {
            Task<int> reading;
            lock (_lock)
            {
                if (_last || _left)
                {
                    return;
                }

                reading = _reading ??= ReadAsync();
            }

            if (await reading == 0)
            {
                return;
            }
        }
    }

    /// <summary>Reads what there is, without waiting for the observer.</summary>
    /// <returns>True when something was received since the last call.</returns>
    public async Task<bool> RefreshAsync()
    {
        Task<int>? reading;
        lock (_lock)
        {
            if (_reading is null && _events.Count == 0 && !_last && !_left)
            {
                _reading = ReadAsync();
            }

            reading = _reading;
        }

        await (reading ?? Task.CompletedTask);
        lock (_lock)
        {
            bool progress = _received != _seen;
            _seen = _received;
            return progress;
        }
    }

    private async Task<int> ReadAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        WireEvents read;
        lock (_lock)
        {
            _news = false;
        }

        try
        {
            read = await connection.CallAsync(server => server.ReadWatchAsync(_watch, EventsPerRead, default));
        }
        catch (ConnException)
        {
            read = new WireEvents([], true);
        }

        bool wakes;
        lock (_lock)
        {
            foreach (WireEvent e in read.Events)
            {
                _events.Enqueue(new PropertyEvent((PropertyEventKind)e.Kind, e.Name.Read(), e.Change.Read(), new Revision(e.Revision), e.More));
            }

            _news |= read.Events.Length == EventsPerRead;
            _last |= read.IsOver;
            _received += read.Events.Length + (read.IsOver ? 1 : 0);
            _reading = null;

            // News that came while this read was under way found it, and began no other.
            wakes = read.Events.Length != 0 || read.IsOver || _news;
        }

        if (wakes)
        {
            Wake();
        }

        return read.Events.Length;
    }

    private void Wake()
    {
        if (_turn is { } turn && turn.Wake())
        {
            turn.Schedule();
        }
    }
}
