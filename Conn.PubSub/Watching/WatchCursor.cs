using Conn.PubSub.Core;

namespace Conn.PubSub.Watching;

/// <summary>The position of a watch in the store's history. Invariant: each element is returned once, in order. Guarded by the store's lock.</summary>
internal sealed class WatchCursor(StoreCore core, Access access, uint? category, Revision? after) : EventCursor
{
    // How many entries of other properties are skipped while the lock is held once.
    private const int SkipsPerHold = 256;

    private History _history = null!;
    private TableScan? _scan;
    private Queue<PropertyEvent>? _current;
    private Revision _markRevision;
    private Revision _delivered = after ?? Revision.None;
    private long _next;
    private long _mark;
    private bool _marked;
    private bool _tooOld;
    private bool _ended;
    private bool _over;
    private int _skipsLeft;

    // The last revision with several properties that was met, and the last entry of it that this watch gets.
    private long _sharedRevision = -1;
    private long _sharedLast;

    /// <inheritdoc/>
    public override bool IsOver => _over;

    /// <inheritdoc/>
    public override bool HasEnd => _ended;

    /// <inheritdoc/>
    public override void Begin(Watches watches)
    {
        History history = watches.StartedHistory();
        _history = history;
        _mark = history.Next;
        _markRevision = new Revision(core.Revision);
        if (after is not { } revision)
        {
            _next = history.Next;
            _scan = new TableScan(core, access, category);
        }
        else if (revision.Value < history.Since || revision > _markRevision)
        {
            // A revision that was never reached is one of another store, or from before a crash.
            _tooOld = true;
        }
        else
        {
            _next = history.Find(revision.Value);
        }
    }

    /// <inheritdoc/>
    public override void End() => _ended = true;

    /// <summary>Gives up a scan that was not read. Under the lock.</summary>
    public override void Abandon()
    {
        if (_scan is { } scan)
        {
            scan.End();
            _scan = null;
        }
    }

    /// <inheritdoc/>
    public override SubscriptionInfo Describe() => new(SubscriptionKind.Watch, null, category, access.Identity.SecureId, _delivered, 0);

    /// <inheritdoc/>
    public override int Read(Span<PropertyEvent> buffer)
    {
        ReadCurrent();
        int count = 0;
        bool interrupted;
        do
        {
            lock (core.Lock)
            {
                _skipsLeft = SkipsPerHold;
                while (count < buffer.Length && !_over && TryNext(out PropertyEvent read))
                {
                    buffer[count++] = read;
                    _delivered = read.Revision;
                }

                interrupted = _skipsLeft == 0 && count < buffer.Length && !_over;
                _over |= _ended && count < buffer.Length && !interrupted;
            }
        }
        while (interrupted);

        return count;
    }

    // The values of the moment at which the watch began, oldest publish first.
    private void ReadCurrent()
    {
        if (Interlocked.Exchange(ref _scan, null) is { } scan)
        {
            _current = new Queue<PropertyEvent>(scan.ReadAll(CancellationToken.None)
                .OrderBy(p => p.Current.Revision).ThenBy(p => p.Name.Category).ThenBy(p => p.Name.Key)
                .Select(p => new PropertyEvent(PropertyEventKind.Change, p.Name, p.Current.AsCurrent(), p.Current.Revision, false)));
        }
    }

    private bool TryNext(out PropertyEvent read)
    {
        if (_tooOld || _next < _history.First)
        {
            _over = true;
            read = new PropertyEvent(PropertyEventKind.TooOld, default, default, new Revision(_history.Since), false);
            return true;
        }

        if (_current?.TryDequeue(out read) == true)
        {
            read = read with { More = _current.TryPeek(out PropertyEvent next) && next.Revision == read.Revision };
            return true;
        }

        _current = null;
        while (true)
        {
            if (!_marked && _next >= _mark)
            {
                _marked = true;
                read = new PropertyEvent(PropertyEventKind.CaughtUp, default, default, _markRevision, false);
                return true;
            }

            if (_next == _history.Next || _skipsLeft == 0)
            {
                read = default;
                return false;
            }

            _skipsLeft--;
            if (_history.TryRead(_next++, access, category, out read))
            {
                read = read with { More = read.More && _next <= LastOf(read.Revision.Value) };
                return true;
            }
        }
    }

    // The last entry of a revision that this watch gets. Entries that others get do not count.
    private long LastOf(long revision)
    {
        if (_sharedRevision != revision)
        {
            _sharedRevision = revision;
            _sharedLast = _history.Find(revision) - 1;
            while (!_history.Concerns(_sharedLast, access, category))
            {
                _sharedLast--;
            }
        }

        return _sharedLast;
    }
}
