using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>
/// Two threads publish as fast as they can; the time for one publish of all. Where they meet, ours tells the latest of what came meanwhile,
/// the peers tell everything: the column "told" says how much of what was published an observer was told.
/// </summary>
public class TwoPublishers
{
    private const int Each = 100_000;

    private readonly List<CountingSink> _sinks = [];
    private Bench _bench = null!;
    private Property _one = null!;
    private Property _same = null!;
    private Property _other = null!;
    private ISubject<int> _subject = null!;
    private ISubject<int> _otherSubject = null!;
    private R3.SynchronizedReactiveProperty<int> _synchronised = null!;
    private LockedEvent _event = null!;

    [Params(0, 1, 10)]
    public int Observers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _one = _bench.Define(1, PropertyType.Int);
        _same = _bench.Client.Attach(_one.Name);
        _other = _bench.Define(2, PropertyType.Int);
        _subject = Subject.Synchronize(new BehaviorSubject<int>(0));
        _otherSubject = Subject.Synchronize(new BehaviorSubject<int>(0));
        _synchronised = new R3.SynchronizedReactiveProperty<int>(0, AlwaysDifferent.Instance);
        _event = new LockedEvent();
        _sinks.Clear();

        // One after the other, so that observers of different publishers do not share cache lines.
        Subscribe(s => _bench.Client.Observe(_one.Name, ObserveOptions.Inline).Subscribe(s));
        Subscribe(s => _bench.Client.Observe(_other.Name, ObserveOptions.Inline).Subscribe(s));
        Subscribe(s => _subject.Subscribe(s));
        Subscribe(s => _otherSubject.Subscribe(s));
        Subscribe(s => _synchronised.Subscribe(s));
        Subscribe(s => _event.Changed += s.Add);
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void ConnOneProperty() => Both(nameof(ConnOneProperty), i => _one.TrySet(i), i => _same.Set(i));

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void SynchronizedBehaviorSubject() => Both(nameof(SynchronizedBehaviorSubject), _subject.OnNext, _subject.OnNext);

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void R3Synchronized() => Both(nameof(R3Synchronized), i => _synchronised.Value = i, i => _synchronised.Value = i);

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void LockAndEvent() => Both(nameof(LockAndEvent), i => _event.Value = i, i => _event.Value = i);

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void ConnTwoProperties() => Both(nameof(ConnTwoProperties), i => _one.TrySet(i), i => _other.TrySet(i));

    [Benchmark(OperationsPerInvoke = 2 * Each)]
    public void TwoSynchronizedBehaviorSubjects() => Both(nameof(TwoSynchronizedBehaviorSubjects), _subject.OnNext, _otherSubject.OnNext);

    private static void Repeat(Action<int> publish)
    {
        for (int i = 0; i < Each; i++)
        {
            publish(i);
        }
    }

    private void Both(string row, Action<int> first, Action<int> second)
    {
        long before = _sinks.Sum(s => s.Told);
        var other = new Thread(() => Repeat(second));
        other.Start();
        Repeat(first);
        other.Join();
        Deliveries.Of(nameof(TwoPublishers), row, $"{Observers}").Add(2L * Each * Observers, _sinks.Sum(s => s.Told) - before);
    }

    private void Subscribe(Action<CountingSink> subscribe)
    {
        for (int i = 0; i < Observers; i++)
        {
            var sink = new CountingSink();
            _sinks.Add(sink);
            subscribe(sink);
        }
    }
}
