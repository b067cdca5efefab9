namespace Conn.PubSub.Watching;

/// <summary>Invariant: where a watcher is in the store's history; what it hands out it hands out once, in order. Guarded by the store's gate.</summary>
internal sealed class WatchCursor(PropertyStore store, Access access, uint? category, Stamp? after)
{
    /// <summary>How many entries of others are passed over in one hold of the gate.</summary>
    private const int LooksPerHold = 256;

    private History? _history;
    private Queue<PropertyEvent>? _snapshot;
    private Stamp _markRevision;
    private Stamp _told = after ?? Stamp.Never;
    private long _next;
    private long _mark;
    private bool _marked;
    private bool _tooOld;
    private bool _ended;
    private int _mayLookAt;

    // The revision of several properties that was met last, and the last entry of it that this watch gets.
    private long _sharedRevision = -1;
    private long _sharedLast;

    /// <summary>True when nothing more will come.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Under the gate.</summary>
    public void Begin(History history, Stamp revision)
    {
        _history = history;
        _mark = history.Next;
        _markRevision = revision;
        if (after is null)
        {
            _next = history.Next;
            _snapshot = new Queue<PropertyEvent>(store.Readable(access, category)
                .OrderBy(p => p.Current.Stamp).ThenBy(p => p.Name.Category).ThenBy(p => p.Name.Key)
                .Select(p => new PropertyEvent(PropertyEventKind.Change, p.Name, p.Current.AsCurrent(), p.Current.Stamp, false)));
        }
        else if (after.Value.Value < history.Since || after.Value > revision)
        {
            // A revision that was never reached is one of another store, or from before a restart: as good as too old.
            _tooOld = true;
        }
        else
        {
            _next = history.Find(after.Value.Value);
        }
    }

    /// <summary>Under the gate: nothing more will be published.</summary>
    public void End() => _ended = true;

    public SubscriptionInfo Describe() => new(SubscriptionKind.Watch, null, category, access.Identity.SecureId, _told, 0);

    /// <summary>Fills a buffer; fewer than it holds means that there is no more for now. Takes the gate.</summary>
    public int Read(Span<PropertyEvent> buffer)
    {
        int count = 0;
        bool interrupted;
        do
        {
            using (store.Gate.Take())
            {
                _mayLookAt = LooksPerHold;
                while (count < buffer.Length && !IsOver && TryNext(out PropertyEvent told))
                {
                    buffer[count++] = told;
                    _told = told.Revision;
                }

                interrupted = _mayLookAt == 0 && count < buffer.Length && !IsOver;
                IsOver |= _ended && count < buffer.Length && !interrupted;
            }
        }
        while (interrupted);

        return count;
    }

    private bool TryNext(out PropertyEvent told)
    {
        if (_tooOld || _next < _history!.First)
        {
            IsOver = true;
            told = new PropertyEvent(PropertyEventKind.TooOld, default, default, new Stamp(_history!.Since), false);
            return true;
        }

        if (_snapshot?.TryDequeue(out told) == true)
        {
            told = told with { More = _snapshot.TryPeek(out PropertyEvent next) && next.Revision == told.Revision };
            return true;
        }

        _snapshot = null;
        while (true)
        {
            if (!_marked && _next >= _mark)
            {
                _marked = true;
                told = new PropertyEvent(PropertyEventKind.CaughtUp, default, default, _markRevision, false);
                return true;
            }

            if (_next == _history.Next || _mayLookAt == 0)
            {
                told = default;
                return false;
            }

            _mayLookAt--;
            if (_history.TryRead(_next++, access, category, out told))
            {
                told = told with { More = told.More && _next <= LastOf(told.Revision.Value) };
                return true;
            }
        }
    }

    /// <summary>The last entry of a revision that this watch gets, looked for once: what others get of it is nobody's business.</summary>
    private long LastOf(long revision)
    {
        if (_sharedRevision != revision)
        {
            _sharedRevision = revision;
            _sharedLast = _history!.Find(revision) - 1;
            while (!_history.Concerns(_sharedLast, access, category))
            {
                _sharedLast--;
            }
        }

        return _sharedLast;
    }
}
