using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>The subscribers of one property, or the watches, that are called on one scheduler. Queued at most once. Guarded by the store's lock.</summary>
internal sealed class FanOut(Dispatcher dispatcher)
{
    private readonly ObserverList<Turn> _turns = new();

    public Dispatcher Dispatcher => dispatcher;

    /// <summary>In the order in which they were added.</summary>
    public ObserverList<Turn>.Snapshot Turns => _turns.Current;

    public bool IsEnqueued { get; set; }

    public FanOut? NextEnqueued { get; set; }

    /// <summary>Adds a turn to the fan-out of its dispatcher, made when absent.</summary>
    /// <returns>The fan-outs afterwards.</returns>
    public static FanOut[] Add(FanOut[] fanOuts, Dispatcher dispatcher, Turn turn)
    {
        FanOut? fanOut = Array.Find(fanOuts, f => f.Dispatcher == dispatcher);
        if (fanOut is null)
        {
            fanOut = new FanOut(dispatcher);
            fanOuts = [.. fanOuts, fanOut];
        }

        fanOut._turns.Add(turn);
        return fanOuts;
    }

    /// <summary>Removes a turn from its fan-out, and the fan-out when it is empty.</summary>
    /// <returns>The fan-outs afterwards.</returns>
    public static FanOut[] Remove(FanOut[] fanOuts, Dispatcher dispatcher, Turn turn)
    {
        FanOut fanOut = Array.Find(fanOuts, f => f.Dispatcher == dispatcher)!;
        fanOut._turns.Remove(turn);
        return fanOut._turns.Count == 0 ? Array.FindAll(fanOuts, f => f != fanOut) : fanOuts;
    }
}
