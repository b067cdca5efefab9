using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One publish of bytes. The publisher goes on using its own, and an observer may keep what it was told: so each peer passes on a copy.</summary>
public class BytesSet
{
    private Bench _bench = null!;
    private Property _inline = null!;
    private Property _queued = null!;
    private BehaviorSubject<byte[]> _subject = null!;
    private R3.SynchronizedReactiveProperty<byte[]> _synchronised = null!;
    private byte[] _value = [];
    private long _sum;

    [Params(512, 1024)]
    public int Bytes { get; set; }

    [Params(0, 1)]
    public int Observers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        PropertyType type = Bytes > PropertyLimits.MaxByteArrayBytes ? PropertyType.LargeByteArray : PropertyType.ByteArray;
        _value = new byte[Bytes];
        _bench = new Bench();
        _inline = _bench.Define(1, type);
        _queued = _bench.Define(2, type);
        _subject = new BehaviorSubject<byte[]>([]);
        _synchronised = new R3.SynchronizedReactiveProperty<byte[]>([]);
        for (int i = 0; i < Observers; i++)
        {
            _bench.Client.Observe(_inline.Name, ObserveOptions.Inline).Subscribe(new Sink());
            _bench.Client.Observe(_queued.Name).Subscribe(new Sink());
            _subject.Subscribe(b => _sum += b.Length);
            R3.ObservableSubscribeExtensions.Subscribe(_synchronised, b => _sum += b.Length);
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public ErrorCode ConnInlineByHandle() => _inline.TrySet(_value);

    [Benchmark]
    public ErrorCode ConnInlineByName() => _bench.Client.TrySet(_inline.Name, _value);

    [Benchmark]
    public ErrorCode ConnQueuedByHandle() => _queued.TrySet(_value);

    [Benchmark]
    public void BehaviorSubject() => _subject.OnNext([.. _value]);

    [Benchmark]
    public void R3Synchronized() => _synchronised.Value = [.. _value];
}
