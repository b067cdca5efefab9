using Conn.PubSub.Core;
using Conn.PubSub.Delivering;

namespace Conn.PubSub.Watching;

/// <summary>The history of a store and its watches. Guarded by the store's lock.</summary>
internal sealed class Watches
{
    private const int DefaultEntries = 1024;

    private readonly StoreCore _core;
    private readonly int _historyBytes;
    private FanOut[] _fanOuts = [];

    public Watches(StoreCore core, PropertyStoreOptions options)
    {
        _core = core;
        _historyBytes = options.HistoryBytes;
        HistoryEntries = options.HistoryEntries;
    }

    /// <summary>The entries to keep from the start; 0 when the history begins with the first watch.</summary>
    public int HistoryEntries { get; }

    /// <summary>Null until something is recorded.</summary>
    public History? History { get; private set; }

    /// <summary>Whether each publish is recorded.</summary>
    public bool IsRecording => History is not null;

    public void Start(int entries)
    {
        History = new History(entries, _historyBytes, _core.Revision);
        _core.UpdateRecorded();
    }

    public void Join(IWatcher watcher, Dispatcher dispatcher)
    {
        watcher.Cursor.Begin(this);
        _fanOuts = FanOut.Add(_fanOuts, dispatcher, watcher.Turn);
    }

    /// <summary>Gets the history, started when absent.</summary>
    public History StartedHistory()
    {
        if (History is null)
        {
            Start(DefaultEntries);
        }

        return History!;
    }

    public void Leave(IWatcher watcher, Dispatcher dispatcher) => _fanOuts = FanOut.Remove(_fanOuts, dispatcher, watcher.Turn);

    /// <summary>Records a change.</summary>
    /// <param name="name">The property.</param>
    /// <param name="definition">The definition under which it was published.</param>
    /// <param name="change">The change.</param>
    /// <param name="more">Whether the same revision has another entry.</param>
    /// <param name="work">Receives the dispatchers to start.</param>
    public void Record(PropertyName name, Definition definition, in PropertyChange change, bool more, ref PendingWork work)
    {
        History!.Add(name, definition, change, change.HasValue ? definition.Content : [], more);
        foreach (FanOut fanOut in _fanOuts)
        {
            fanOut.Dispatcher.Enqueue(fanOut, ref work);
        }
    }

    /// <summary>The watches, for lists and for the end of the store.</summary>
    public IEnumerable<IWatcher> All()
    {
        foreach (FanOut fanOut in _fanOuts)
        {
            ObserverList<Turn>.Snapshot turns = fanOut.Turns;
            for (int place = 0; place < turns.Count; place++)
            {
                if (turns[place]?.Taker is IWatcher watcher)
                {
                    yield return watcher;
                }
            }
        }
    }

    /// <summary>Ends all watches: nothing more is published.</summary>
    public void EndAll(ref PendingWork work)
    {
        foreach (IWatcher watcher in All())
        {
            watcher.Cursor.End();
        }

        foreach (FanOut fanOut in _fanOuts)
        {
            fanOut.Dispatcher.Enqueue(fanOut, ref work);
        }
    }
}
