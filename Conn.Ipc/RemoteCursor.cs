using Conn.PubSub;
using Conn.PubSub.Delivering;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>The position of a watch at the server. It asks for elements when its observer is ready for them, so a slow observer keeps nothing. After a lost connection it
/// begins again behind what it has.</summary>
internal sealed class RemoteCursor(BusConnection connection, IpcPropertyClient client, uint? category, Revision? after, SecureId subscriber) : EventCursor
{
    private const int EventsPerRead = 64;

    private readonly Lock _lock = new(); // guards everything below
    private readonly Queue<PropertyEvent> _events = new();
    private readonly WatchPosition _position = new(after);
    private BusLine? _line;
    private Task<int>? _reading;
    private Turn? _turn;
    private Revision _delivered = after ?? Revision.None;
    private long _received;
    private long _seen;
    private bool _news = true;
    private bool _last;
    private bool _ended;
    private bool _over;
    private bool _left;

    public IpcPropertyClient Client => client;

    /// <summary>Its number at the server. Set before anything else.</summary>
    public long Watch { get; set; }

    /// <summary>The connection at whose server it was begun. Guarded by the connection's lock.</summary>
    public BusLine? IsBegunAt { get; set; }

    public override bool IsOver => Volatile.Read(ref _over);

    public override bool HasEnd => Volatile.Read(ref _ended);

    /// <summary>Begins at the server. Outside the lock of the store.</summary>
    public void Begin(Turn turn)
    {
        _turn = turn;
        connection.Watches.Begin(this);
    }

    /// <summary>Begins, or goes on, at the server of a connection.</summary>
    public void BeginAt(BusLine line, bool isSameStore)
    {
        long? from;
        lock (_lock)
        {
            if (_left || _last)
            {
                return;
            }

            switch (_position.Resume(line, isSameStore, out from))
            {
                case WatchStart.TooOld:
                    _events.Enqueue(new PropertyEvent(PropertyEventKind.TooOld, default, default, new Revision(line.Offset), false));
                    _last = true;
                    break;
                case WatchStart.FromTheBeginning:
                    _events.Clear();
                    break;
                default:
                    break;
            }

            (_line, _reading) = (line, null);
        }

        if (!Volatile.Read(ref _last))
        {
            line.Send(server => server.BeginWatch(client.Number, Watch, category, from));
            lock (_lock)
            {
                _news = true;
                _reading ??= _line == line ? ReadAsync(line) : null;
            }
        }

        Wake();
    }

    /// <summary>There will be no connection any more.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            _last = true;
        }

        Wake();
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

        connection.Watches.End(this);
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
                _position.IsHandedOver = true;
            }

            if (_events.Count == 0 && count < buffer.Length)
            {
                if (_last || _ended)
                {
                    _over = true;
                }
                else if (_news && _reading is null && !_left && _line is { } line)
                {
                    _reading = ReadAsync(line);
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
                if (_last || _left || _line is not { } line)
                {
                    return;
                }

                reading = _reading ??= ReadAsync(line);
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
            if (_reading is null && _events.Count == 0 && !_last && !_left && _line is { } line)
            {
                _reading = ReadAsync(line);
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

    private async Task<int> ReadAsync(BusLine line)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        WireEvents read;
        lock (_lock)
        {
            _news = false;
        }

        try
        {
            read = await line.CallAsync(server => server.ReadWatchAsync(Watch, EventsPerRead, default));
        }
        catch (ConnException e)
        {
            // The connection is lost; the next one is asked, or there will be none. Anything else is the end of the watch.
            read = new WireEvents([], e.Code != ErrorCode.ServerTerminated);
        }

        bool wakes;
        lock (_lock)
        {
            if (line != _line)
            {
                // It is read again.
                return 0;
            }

            foreach (WireEvent received in read.Events)
            {
                Take(line.Read(received));
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

    private void Take(in PropertyEvent read)
    {
        if (_position.IsNew(read))
        {
            _events.Enqueue(read);
        }
    }

    private void Wake()
    {
        if (_turn is { } turn && turn.Wake())
        {
            turn.Schedule();
        }
    }
}
