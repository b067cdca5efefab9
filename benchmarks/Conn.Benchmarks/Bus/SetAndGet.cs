using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Conn.PubSub;

namespace Conn.Benchmarks.Bus;

/// <summary>The kernel's 11 rows of setting and 11 of getting, nobody subscribed. Every one reads content of the full size.</summary>
public class SetAndGet
{
    private readonly char[] _room = new char[512];
    private Bench _bench = null!;
    private Property _property = null!;
    private char[] _text = [];
    private byte[] _bytes = [];
    private byte[] _buffer = [];

    [Params(0, 1, 8, 512, 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bench = new Bench();
        _property = _bench.Define(1, Bytes == 0 ? PropertyType.Int : Bytes > 512 ? PropertyType.LargeByteArray : PropertyType.ByteArray);
        _bytes = new byte[Bytes];
        _buffer = new byte[1024];
        _text = new char[Math.Max(1, Bytes / 2)];
        _ = Bytes == 0 ? _property.Set(1) : _property.Set(_bytes);
    }

    [GlobalCleanup]
    public void Cleanup() => _bench.Dispose();

    [Benchmark]
    public ErrorCode SetByHandle() => Bytes == 0 ? _property.Set(1) : _property.Set(_bytes);

    [Benchmark]
    public ErrorCode SetByName() => Bytes == 0 ? _bench.Client.Set(_property.Name, 1) : _bench.Client.Set(_property.Name, _bytes);

    [Benchmark]
    public ErrorCode SetTextByName() => Bytes == 0 ? _bench.Client.Set(_property.Name, 1) : _bench.Client.Set(_property.Name, MemoryMarshal.AsBytes(_text.AsSpan()));

    [Benchmark]
    public ErrorCode GetByHandle() => Bytes == 0 ? _property.Get(out int _, out _) : _property.Get(_buffer, out _, out _);

    [Benchmark]
    public ErrorCode GetByName() => Bytes == 0 ? _bench.Client.Get(_property.Name, out int _, out _) : _bench.Client.Get(_property.Name, _buffer, out _, out _);

    [Benchmark]
    public ErrorCode GetTextByName() => Bytes == 0
        ? _bench.Client.Get(_property.Name, out int _, out _)
        : _bench.Client.Get(_property.Name, MemoryMarshal.AsBytes(_room.AsSpan()), out _, out _);
}
