using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>The same observer for every peer: counts how often it is told.</summary>
internal sealed class CountingSink : R3.Observer<int>, IObserver<int>, IObserver<PropertyChange>
{
    public long Told { get; private set; }

    public void Add(int value) => Told++;

    public void OnNext(PropertyChange value) => Told++;

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    void IObserver<int>.OnNext(int value) => Told++;

    protected override void OnNextCore(int value) => Told++;

    protected override void OnErrorResumeCore(Exception error)
    {
    }

    protected override void OnCompletedCore(R3.Result result)
    {
    }
}
