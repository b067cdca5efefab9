using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One-shot subscribe, publish, completion on another thread: from the publish to the code after the await.</summary>
public class OneShot
{
    private Bench _bench = null!;
    private Property _property = null!;
    private Channel<int> _channel = null!;
    private Latencies _latencies = null!;

    [GlobalSetup(Target = nameof(Conn))]
    public void SetupConn() => Setup(nameof(Conn));

    [GlobalSetup(Target = nameof(TaskCompletionSource))]
    public void SetupTask() => Setup(nameof(TaskCompletionSource));

    [GlobalSetup(Target = nameof(ChannelRead))]
    public void SetupChannel() => Setup(nameof(ChannelRead));

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public async Task Conn()
    {
        ValueTask<ErrorCode> next = _property.SubscribeAsync();
        long begin = TimeProvider.System.GetTimestamp();
        _property.Set(1);
        await next;
        _latencies.Add(begin, TimeProvider.System.GetTimestamp());
    }

    [Benchmark]
    public async Task TaskCompletionSource()
    {
        var next = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> waiting = Await(next.Task);
        long begin = TimeProvider.System.GetTimestamp();
        next.SetResult(1);
        await waiting;
        _latencies.Add(begin, TimeProvider.System.GetTimestamp());
    }

    [Benchmark]
    public async Task ChannelRead()
    {
        Task<int> waiting = Await(_channel.Reader.ReadAsync().AsTask());
        long begin = TimeProvider.System.GetTimestamp();
        _channel.Writer.TryWrite(1);
        await waiting;
        _latencies.Add(begin, TimeProvider.System.GetTimestamp());
    }

    private static async Task<int> Await(Task<int> task) => await task;

    private void Setup(string row)
    {
        _latencies = Latencies.Of(nameof(OneShot), row, "");
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        _channel = Channel.CreateBounded<int>(1);
    }
}
