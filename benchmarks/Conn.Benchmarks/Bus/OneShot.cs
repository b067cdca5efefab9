using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One-shot subscribe, publish, completion on another thread, back.</summary>
public class OneShot
{
    private Bench _bench = null!;
    private Property _property = null!;

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public async Task<ErrorCode> Conn()
    {
        ValueTask<ErrorCode> next = _property.SubscribeAsync();
        _property.Set(1);
        return await next;
    }

    [Benchmark]
    public async Task<int> TaskCompletionSource()
    {
        var next = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static s => s.SetResult(1), next, preferLocal: false);
        return await next.Task;
    }
}
