using Conn.PubSub.Core;
using Conn.PubSub.Delivering;

namespace Conn.PubSub.Watching;

/// <summary>A watch that an enumerator reads at its own pace. It keeps no element: an enumerator that is too slow gets TooOld.</summary>
internal sealed class WatchReader(StoreCore core, Access access, EventCursor cursor, Dispatcher? dispatcher = null)
    : WatchSubscriber(core, access, cursor, dispatcher ?? core.DefaultDispatcher)
{
    private readonly SemaphoreSlim _news = new(0, 1);

    public override bool Round()
    {
        // Rounds come one at a time, so no other thread releases.
        if (_news.CurrentCount == 0)
        {
            _news.Release();
        }

        return false;
    }

    /// <summary>Completes soon after something was published since the last read.</summary>
    public Task WaitForNewsAsync(CancellationToken cancellationToken) => _news.WaitAsync(cancellationToken);
}
