using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>Where a watch begins at a server.</summary>
internal enum WatchStart
{
    /// <summary>Behind what it has.</summary>
    Behind = 0,

    /// <summary>At its beginning; what it has counts as not received.</summary>
    FromTheBeginning = 1,

    /// <summary>Nowhere: what comes next cannot be known any more.</summary>
    TooOld = 2,
}

/// <summary>How far a watch has come. Invariant: over any number of connections each element is new once. Not safe for several threads.</summary>
internal sealed class WatchPosition
{
    private readonly bool _wantsHistory;
    private Revision? _complete;
    private Revision _partialRevision;
    private int _partial;
    private int _skipped;
    private bool _isCaughtUp;
    private bool _hasAny;

    public WatchPosition(Revision? after) => (_wantsHistory, _complete) = (after is not null, after);

    /// <summary>Whether the observer has got an element.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>Whether it has the values from before it began, or wanted none.</summary>
    private bool IsInHistory => _wantsHistory || _isCaughtUp;

    /// <summary>Records an element.</summary>
    /// <returns>False when it was received by an earlier connection.</returns>
    public bool IsNew(in PropertyEvent read)
    {
        _hasAny = true;
        if (read.Kind == PropertyEventKind.CaughtUp)
        {
            bool isFirst = !_isCaughtUp;
            (_isCaughtUp, _complete, _partial) = (true, read.Revision, 0);
            return isFirst;
        }

        if (read.Kind == PropertyEventKind.TooOld || !IsInHistory)
        {
            return true;
        }

        if (_skipped > 0 && read.Revision == _partialRevision)
        {
            _skipped--;
            return false;
        }

        _skipped = 0;
        if (read.More)
        {
            _partial = _partialRevision == read.Revision ? _partial + 1 : 1;
            _partialRevision = read.Revision;
        }
        else
        {
            (_complete, _partial) = (read.Revision, 0);
        }

        return true;
    }

    /// <summary>Says where it begins at the server of a connection.</summary>
    /// <param name="line">The connection.</param>
    /// <param name="isSameStore">Whether its store is the one of the connection before.</param>
    /// <param name="from">The server's revision after which it begins; null for its values first.</param>
    public WatchStart Resume(BusLine line, bool isSameStore, out long? from)
    {
        from = null;
        bool isOfEarlierStore = _complete is { } complete && complete.Value < line.Offset;
        if ((_hasAny && !isSameStore) || isOfEarlierStore)
        {
            return WatchStart.TooOld;
        }

        if (!IsInHistory)
        {
            _hasAny = false;
            return IsHandedOver ? WatchStart.TooOld : WatchStart.FromTheBeginning;
        }

        _skipped = _partial;
        from = _complete!.Value.Value - line.Offset;
        return WatchStart.Behind;
    }
}
