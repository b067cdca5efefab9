using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>Subscribe, be told the current value, dispose. Ours is a barrier against deliveries on other threads, the peers' are not.</summary>
public class Subscribing
{
    private readonly BehaviorSubject<int> _subject = new(1);
    private readonly R3.SynchronizedReactiveProperty<int> _synchronised = new(1);
    private readonly LockedEvent _event = new();
    private Bench _bench = null!;
    private Property _property = null!;
    private IObservable<PropertyChange> _inline = null!;
    private IObservable<PropertyChange> _queued = null!;

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        _inline = _bench.Client.Observe(_property.Name, ObserveOptions.Inline);
        _queued = _bench.Client.Observe(_property.Name);
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public void ConnInline() => _inline.Subscribe(new Sink()).Dispose();

    [Benchmark]
    public void ConnQueued() => _queued.Subscribe(new Sink()).Dispose();

    [Benchmark]
    public ErrorCode ConnOneShotCancelled()
    {
        ValueTask<ErrorCode> subscription = _property.SubscribeAsync();
        _property.Cancel();
        return subscription.GetAwaiter().GetResult();
    }

    [Benchmark]
    public void BehaviorSubject() => _subject.Subscribe(new Sink()).Dispose();

    [Benchmark]
    public void R3Synchronized() => _synchronised.Subscribe(new Sink()).Dispose();

    [Benchmark]
    public void LockAndEvent()
    {
        Action<int> add = new Sink().Add;
        _event.Changed += add;
        _event.Changed -= add;
    }
}
