using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>The original's 11 rows of setting and 11 of getting: one thread, nobody subscribed. Unlike there, every row reads content of the full size.</summary>
public class KernelSetAndGet
{
    private readonly byte[] _buffer = new byte[1024];
    private Bench _bench = null!;
    private Property _property = null!;
    private byte[] _value = [];

    public static IEnumerable<KernelRow> Rows => KernelRow.All;

    [ParamsSource(nameof(Rows))]
    public KernelRow Row { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, Row.Type);
        _value = new byte[Row.Bytes];
        Row.Set(_property, _bench.Client, _value);
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public ErrorCode Set() => Row.Set(_property, _bench.Client, _value);

    [Benchmark]
    public ErrorCode Get() => Row.Get(_property, _bench.Client, _buffer);
}
