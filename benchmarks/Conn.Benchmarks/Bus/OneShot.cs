using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>
/// One-shot subscribe, publish, completion on another thread: from the publish to the code after the await. In every row that code is
/// attached before the publish, takes the time itself, and one more task tells the publisher that it ran.
/// </summary>
public class OneShot
{
    private const int WarmUps = 20_000;

    private Bench _bench = null!;
    private Property _property = null!;
    private Channel<int> _channel = null!;
    private Latencies _latencies = null!;

    [GlobalSetup(Target = nameof(Conn))]
    public Task SetupConn() => SetupAsync(nameof(Conn), Conn);

    [GlobalSetup(Target = nameof(TaskCompletionSource))]
    public Task SetupTask() => SetupAsync(nameof(TaskCompletionSource), TaskCompletionSource);

    [GlobalSetup(Target = nameof(ChannelRead))]
    public Task SetupChannel() => SetupAsync(nameof(ChannelRead), ChannelRead);

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public async Task Conn()
    {
        Task<long> woken = Woken(_property.SubscribeAsync());
        long begin = TimeProvider.System.GetTimestamp();
        _property.TrySet(1);
        _latencies.Add(begin, await woken);
    }

    [Benchmark]
    public async Task TaskCompletionSource()
    {
        var next = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long> woken = Woken(new ValueTask<int>(next.Task));
        long begin = TimeProvider.System.GetTimestamp();
        next.SetResult(1);
        _latencies.Add(begin, await woken);
    }

    [Benchmark]
    public async Task ChannelRead()
    {
        Task<long> woken = Woken(_channel.Reader.ReadAsync());
        long begin = TimeProvider.System.GetTimestamp();
        _channel.Writer.TryWrite(1);
        _latencies.Add(begin, await woken);
    }

    private static async Task<long> Woken<T>(ValueTask<T> next)
    {
        await next;
        return TimeProvider.System.GetTimestamp();
    }

    private async Task SetupAsync(string row, Func<Task> round)
    {
        _latencies = Latencies.Of(nameof(OneShot), row, "");
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        _channel = Channel.CreateBounded<int>(1);
        for (int i = 0; i < WarmUps; i++)
        {
            await round();
        }

        _latencies.Clear();
    }
}
