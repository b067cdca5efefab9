using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>The kernel's notification rows in one process: publish there, be woken, subscribe again, value in hand here; one round trip of two of them.</summary>
public class Notification
{
    private Bench _bench = null!;
    private Property _there = null!;
    private Property _back = null!;
    private Property _answer = null!;
    private byte[] _payload = [];
    private Channel<int> _to = null!;
    private Channel<int> _from = null!;
    private Task _echo = Task.CompletedTask;

    [Params(0, 1, 8, 512, 1024)]
    public int Bytes { get; set; }

    [GlobalSetup(Targets = [nameof(ByHandle), nameof(ByName)])]
    public void Setup()
    {
        _bench = new Bench();
        _payload = new byte[Bytes];
        _there = _bench.Define(1, Bytes == 0 ? PropertyType.Int : Bytes > 512 ? PropertyType.LargeByteArray : PropertyType.ByteArray);
        _back = _bench.Define(2, PropertyType.Int);
        _answer = _bench.Client.Attach(_back.Name);
        Property heard = _bench.Client.Attach(_there.Name);
        _echo = Task.Run(async () =>
        {
            byte[] buffer = new byte[1024];
            ValueTask<ErrorCode> next = heard.SubscribeAsync();
            _answer.Set(0);
            while ((await next).IsNone)
            {
                next = heard.SubscribeAsync();
                _ = Bytes == 0 ? heard.Get(out int _, out Stamp _) : heard.Get(buffer, out int _, out Stamp _);
                _answer.Set(1);
            }
        });
        while (_answer.Get(out int _, out Stamp stamp).IsNone && stamp == Stamp.Never)
        {
            Thread.Yield();
        }
    }

    [GlobalCleanup(Targets = [nameof(ByHandle), nameof(ByName)])]
    public async Task Cleanup()
    {
        _bench.Dispose();
        await _echo;
    }

    [GlobalSetup(Target = nameof(ChannelPingPong))]
    public void SetupChannel()
    {
        _to = Channel.CreateBounded<int>(1);
        _from = Channel.CreateBounded<int>(1);
        _echo = Task.Run(async () =>
        {
            await foreach (int value in _to.Reader.ReadAllAsync())
            {
                await _from.Writer.WriteAsync(value);
            }
        });
    }

    [GlobalCleanup(Target = nameof(ChannelPingPong))]
    public async Task CleanupChannel()
    {
        _to.Writer.Complete();
        await _echo;
    }

    [Benchmark]
    public async Task ByHandle()
    {
        ValueTask<ErrorCode> next = _back.SubscribeAsync();
        _ = Bytes == 0 ? _there.Set(1) : _there.Set(_payload);
        await next;
        _back.Get(out int _, out _);
    }

    [Benchmark]
    public async Task ByName()
    {
        ValueTask<ErrorCode> next = _back.SubscribeAsync();
        _ = Bytes == 0 ? _bench.Client.Set(_there.Name, 1) : _bench.Client.Set(_there.Name, _payload);
        await next;
        _bench.Client.Get(_back.Name, out _);
    }

    [Benchmark]
    public async Task<int> ChannelPingPong()
    {
        await _to.Writer.WriteAsync(1);
        return await _from.Reader.ReadAsync();
    }
}
