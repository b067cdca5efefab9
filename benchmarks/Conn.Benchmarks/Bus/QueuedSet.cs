using System.Reactive.Concurrency;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>One publish of an integer, observers called elsewhere, the latest only where the peer can. What the publisher pays.</summary>
public class QueuedSet
{
    private Bench _bench = null!;
    private Property _property = null!;
    private Property _buffered = null!;
    private BehaviorSubject<int> _subject = null!;
    private Channel<int>[] _channels = null!;
    private Task[] _readers = null!;
    private int _value;

    [Params(0, 1, 10, 100, 1000)]
    public int Observers { get; set; }

    [GlobalSetup(Target = nameof(Conn))]
    public void SetupConn()
    {
        _bench = new Bench();
        _property = _bench.Define(1, PropertyType.Int);
        for (int i = 0; i < Observers; i++)
        {
            _bench.Client.Observe(_property.Name).Subscribe(new Sink());
        }
    }

    [GlobalSetup(Target = nameof(ConnBuffered))]
    public void SetupBuffered()
    {
        _bench = new Bench();
        _buffered = _bench.Define(1, PropertyType.Int);
        for (int i = 0; i < Observers; i++)
        {
            _bench.Client.Observe(_buffered.Name, ObserveOptions.Buffered(64)).Subscribe(new Sink());
        }
    }

    [GlobalSetup(Target = nameof(ChannelFanOut))]
    public void SetupChannels()
    {
        _channels = [.. Enumerable.Range(0, Observers).Select(_ => Channel.CreateBounded<int>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }))];
        _readers = [.. _channels.Select(c => Task.Run(async () =>
        {
            var sink = new Sink();
            await foreach (int value in c.Reader.ReadAllAsync())
            {
                sink.Add(value);
            }
        }))];
    }

    [GlobalSetup(Target = nameof(ObserveOnPool))]
    public void SetupObserveOn()
    {
        _subject = new BehaviorSubject<int>(0);
        for (int i = 0; i < Observers; i++)
        {
            IObservable<int> elsewhere = _subject.ObserveOn(TaskPoolScheduler.Default);
            elsewhere.Subscribe(new Sink());
        }
    }

    [GlobalCleanup(Target = nameof(ChannelFanOut))]
    public async Task CleanupChannels()
    {
        Array.ForEach(_channels, c => c.Writer.Complete());
        await Task.WhenAll(_readers);
    }

    [GlobalCleanup(Targets = [nameof(Conn), nameof(ConnBuffered)])]
    public void CleanupConn() => _bench.Dispose();

    [GlobalCleanup(Target = nameof(ObserveOnPool))]
    public void CleanupObserveOn() => _subject.OnCompleted();

    [Benchmark]
    public void Conn() => _property.TrySet(++_value);

    [Benchmark]
    public void ConnBuffered() => _buffered.TrySet(++_value);

    [Benchmark]
    public void ChannelFanOut()
    {
        int value = ++_value;
        foreach (Channel<int> channel in _channels)
        {
            channel.Writer.TryWrite(value);
        }
    }

    [Benchmark]
    public void ObserveOnPool() => _subject.OnNext(++_value);
}
