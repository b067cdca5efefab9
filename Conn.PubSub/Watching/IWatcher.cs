using Conn.PubSub.Observables;

namespace Conn.PubSub.Watching;

/// <summary>Invariant: follows the history by a cursor, woken by its turn.</summary>
internal interface IWatcher : ITurnTaker
{
    WatchCursor Cursor { get; }

    Turn Turn { get; }
}
