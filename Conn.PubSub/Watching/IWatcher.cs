using Conn.PubSub.Delivering;

namespace Conn.PubSub.Watching;

/// <summary>Follows the history by a cursor, woken by its turn.</summary>
internal interface IWatcher : ITurnTaker
{
    EventCursor Cursor { get; }

    Turn Turn { get; }
}
