using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>The same observer for every peer: adds what it is told.</summary>
internal sealed class Sink : R3.Observer<int>, IObserver<int>, IObserver<PropertyChange>
{
    private int _sum;

    public int Sum => _sum;

    public void Add(int value) => _sum += value;

    public void OnNext(PropertyChange value) => _sum += value.Value ?? 0;

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    void IObserver<int>.OnNext(int value) => _sum += value;

    protected override void OnNextCore(int value) => _sum += value;

    protected override void OnErrorResumeCore(Exception error)
    {
    }

    protected override void OnCompletedCore(R3.Result result)
    {
    }
}
