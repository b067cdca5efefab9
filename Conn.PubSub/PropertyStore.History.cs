using Conn.PubSub.Observables;
using Conn.PubSub.Watching;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    private const int DefaultHistoryEntries = 1024;

    private readonly int _historyBytes;

    // Guarded by the gate.
    private History? _history;
    private QueuedFanOut[] _watches = [];
    private bool _recording;

    /// <summary>Adds a watcher, and begins its cursor in the same hold.</summary>
    internal void Join(IWatcher watcher, Dispatcher dispatcher)
    {
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_history is null)
            {
                StartHistory(DefaultHistoryEntries);
            }

            watcher.Cursor.Begin(_history!, new Stamp(_revision));
            _watches = QueuedFanOut.Join(_watches, dispatcher, watcher.Turn);
        }
    }

    /// <summary>Under the gate.</summary>
    internal void Part(IWatcher watcher, Dispatcher dispatcher) => _watches = QueuedFanOut.Part(_watches, dispatcher, watcher.Turn);

    private void StartHistory(int entries)
    {
        _history = new History(entries, _historyBytes, _revision);
        _recording = true;
    }

    private void Record(PropertyName name, Definition definition, in PropertyChange change, bool more, ref Announcement announcement)
    {
        _history!.Add(name, definition, change, change.HasValue ? definition.Content : [], more);
        foreach (QueuedFanOut fanOut in _watches)
        {
            fanOut.Dispatcher.Enqueue(fanOut, ref announcement);
        }
    }

    private void EndWatches(ref Announcement announcement)
    {
        foreach (QueuedFanOut fanOut in _watches)
        {
            foreach (Turn turn in fanOut.Turns)
            {
                ((IWatcher)turn.Taker).Cursor.End();
            }

            fanOut.Dispatcher.Enqueue(fanOut, ref announcement);
        }
    }
}
