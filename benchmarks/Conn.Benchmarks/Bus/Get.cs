using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One read of an integer, against a volatile read of a field. Sixteen in a loop, so that the call does not hide it.</summary>
public class Get
{
    private const int Times = 16;

    private readonly BehaviorSubject<int> _subject = new(1);
    private readonly R3.SynchronizedReactiveProperty<int> _synchronised = new(1);
    private Bench _bench = null!;
    private Property _property = null!;
    private int _field;

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        _property.TrySet(1);
        _field = 1;
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = Times)]
    public int VolatileRead()
    {
        int sum = 0;
        for (int i = 0; i < Times; i++)
        {
            sum += Volatile.Read(ref _field);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Times)]
    public int ByHandle()
    {
        int sum = 0;
        for (int i = 0; i < Times; i++)
        {
            _property.TryGet(out int value, out _);
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Times)]
    public int ByName()
    {
        int sum = 0;
        for (int i = 0; i < Times; i++)
        {
            _bench.Client.TryGet(Bench.Name(1), out int value, out _);
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Times)]
    public int BehaviorSubject()
    {
        int sum = 0;
        for (int i = 0; i < Times; i++)
        {
            sum += _subject.Value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Times)]
    public int R3Synchronized()
    {
        int sum = 0;
        for (int i = 0; i < Times; i++)
        {
            sum += _synchronised.CurrentValue;
        }

        return sum;
    }
}
