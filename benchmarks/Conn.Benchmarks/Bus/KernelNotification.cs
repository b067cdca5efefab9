using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>
/// The original's 11 notification rows in one process. A publisher on a thread of its own, paced by a semaphore, stamps the time, publishes
/// the value, then the time; the subscriber is woken, subscribes again, reads and stamps. The percentiles are of that latency, as there;
/// the mean is of a whole round, pacing included.
/// </summary>
public class KernelNotification
{
    private readonly byte[] _buffer = new byte[1024];
    private readonly byte[] _stamp = new byte[sizeof(long)];
    private readonly SemaphoreSlim _pace = new(0);
    private Bench _bench = null!;
    private Property _value = null!;
    private Property _time = null!;
    private Thread _publisher = null!;
    private Latencies _latencies = null!;
    private ValueTask<ErrorCode> _nextValue;
    private ValueTask<ErrorCode> _nextTime;
    private volatile bool _over;

    public static IEnumerable<KernelRow> Rows => KernelRow.All;

    [ParamsSource(nameof(Rows))]
    public KernelRow Row { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _time = _bench.Define(0, PropertyType.ByteArray);
        _value = _bench.Define(1, Row.Type);
        _latencies = Latencies.Of(nameof(KernelNotification), nameof(Latency), Row.Words);
        _nextValue = _value.SubscribeAsync();
        _nextTime = _time.SubscribeAsync();
        _over = false;
        _publisher = new Thread(Publish) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _publisher.Start();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _over = true;
        _pace.Release();
        _publisher.Join();
        _bench.Dispose();
    }

    [Benchmark]
    public async Task Latency()
    {
        _pace.Release();
        await _nextValue;
        _nextValue = _value.SubscribeAsync();
        Row.Get(_value, _bench.Client, _buffer);
        long end = TimeProvider.System.GetTimestamp();
        await _nextTime;
        _nextTime = _time.SubscribeAsync();
        _time.Get(_stamp, out _, out _);
        _latencies.Add(BinaryPrimitives.ReadInt64LittleEndian(_stamp), end);
    }

    private void Publish()
    {
        byte[] value = new byte[Row.Bytes];
        byte[] stamp = new byte[sizeof(long)];
        while (true)
        {
            _pace.Wait();
            if (_over)
            {
                return;
            }

            BinaryPrimitives.WriteInt64LittleEndian(stamp, TimeProvider.System.GetTimestamp());
            Row.Set(_value, _bench.Client, value);
            _time.Set(stamp);
        }
    }
}
