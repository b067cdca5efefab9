using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One publish of an integer, observers called on the publisher's thread.</summary>
public class InlineSet
{
    private Bench _bench = null!;
    private Property _property = null!;
    private BehaviorSubject<int> _subject = null!;
    private R3.SynchronizedReactiveProperty<int> _synchronised = null!;
    private R3.ReactiveProperty<int> _unsynchronised = null!;
    private LockedEvent _event = null!;
    private int _value;

    [Params(0, 1, 10, 100, 1000)]
    public int Observers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        _subject = new BehaviorSubject<int>(0);
        _synchronised = new R3.SynchronizedReactiveProperty<int>(0, AlwaysDifferent.Instance);
        _unsynchronised = new R3.ReactiveProperty<int>(0, AlwaysDifferent.Instance);
        _event = new LockedEvent();
        for (int i = 0; i < Observers; i++)
        {
            _bench.Client.Observe(_property.Name, ObserveOptions.Inline).Subscribe(new Sink());
            _subject.Subscribe(new Sink());
            _synchronised.Subscribe(new Sink());
            _unsynchronised.Subscribe(new Sink());
            _event.Changed += new Sink().Add;
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public void Conn() => _property.TrySet(++_value);

    [Benchmark]
    public void BehaviorSubject() => _subject.OnNext(++_value);

    [Benchmark]
    public void R3Synchronized() => _synchronised.Value = ++_value;

    [Benchmark]
    public void R3Unsynchronized() => _unsynchronised.Value = ++_value;

    [Benchmark]
    public void LockAndEvent() => _event.Value = ++_value;
}
