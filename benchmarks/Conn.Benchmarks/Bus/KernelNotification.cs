using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>
/// The original's 11 notification rows in one process. A publisher on a thread of its own, paced by a semaphore, stamps the time, publishes
/// the value, then the time; the subscriber, on a thread of its own too, sleeps until it is woken, subscribes again, reads and stamps. It
/// waits before each publish, as there. The percentiles are of that latency; the mean is of a whole round, pacing included.
/// </summary>
public class KernelNotification
{
    private const int WarmUps = 5_000;

    private readonly SemaphoreSlim _pace = new(0);
    private readonly SemaphoreSlim _round = new(0);
    private Bench _bench = null!;
    private Property _value = null!;
    private Property _time = null!;
    private Thread _publisher = null!;
    private Thread _subscriber = null!;
    private Latencies _latencies = null!;
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
        _latencies = Latencies.Of(nameof(KernelNotification), nameof(Latency), Row.ToString());
        _over = false;
        _publisher = new Thread(Publish) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _subscriber = new Thread(Subscribe) { IsBackground = true };
        _publisher.Start();
        _subscriber.Start();
        _round.Wait();
        for (int i = 0; i < WarmUps; i++)
        {
            Latency();
        }

        _latencies.Clear();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _over = true;
        _pace.Release();
        _publisher.Join();
        _bench.Dispose();
        _subscriber.Join();
    }

    [Benchmark]
    public void Latency()
    {
        _pace.Release();
        _round.Wait();
    }

    private void Subscribe()
    {
        byte[] buffer = new byte[1024];
        byte[] stamp = new byte[sizeof(long)];
        var value = new Waiting(_value);
        var time = new Waiting(_time);
        _round.Release();
        while (value.Next() == ErrorCode.Success)
        {
            Row.Get(_value, _bench.Client, buffer);
            long end = TimeProvider.System.GetTimestamp();
            time.Next();
            _time.TryGet(stamp, out _, out _);
            _latencies.Add(BinaryPrimitives.ReadInt64LittleEndian(stamp), end);
            _round.Release();
        }
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
