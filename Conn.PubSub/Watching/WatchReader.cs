using Conn.PubSub.Observables;

namespace Conn.PubSub.Watching;

/// <summary>Invariant: lets one enumerator read the history at its own pace; holds no event of its own, so a slow one is told TooOld, not kept in
/// memory.</summary>
internal sealed class WatchReader : IWatcher, IDisposable
{
    private readonly PropertyStore _store;
    private readonly Dispatcher _dispatcher;
    private readonly SemaphoreSlim _news = new(0, 1);

    // Guarded by the store's gate.
    private bool _parted;

    public WatchReader(PropertyStore store, WatchCursor cursor)
    {
        _store = store;
        _dispatcher = store.DefaultDispatcher;
        Cursor = cursor;
        Turn = new Turn(this, _dispatcher);
        store.Join(this, _dispatcher);
    }

    public WatchCursor Cursor { get; }

    public Turn Turn { get; }

    public bool Round()
    {
        // Turns come one at a time, so nobody else releases.
        if (_news.CurrentCount == 0)
        {
            _news.Release();
        }

        return false;
    }

    /// <summary>Ends soon after something was published since the last read.</summary>
    public Task NewsAsync(CancellationToken cancellationToken) => _news.WaitAsync(cancellationToken);

    public void Dispose()
    {
        using (_store.Gate.Take())
        {
            if (!_parted)
            {
                _parted = true;
                _store.Part(this, _dispatcher);
            }
        }

        // A turn may still be under way; the semaphore holds nothing that has to be given back.
    }
}
