using System.Collections.Concurrent;

namespace Conn.Benchmarks;

/// <summary>The last single measurements of one row, for percentiles: a mean over many hides how late the late ones are.</summary>
internal sealed class Latencies
{
    private const int Most = 1 << 18;
    private static readonly ConcurrentDictionary<(string Type, string Method, string Parameters), Latencies> _all = new();

    private readonly long[] _ticks = new long[Most];
    private long _count;

    /// <summary>Of a row; made when it is asked for first. The rows run in the process that reports them.</summary>
    public static Latencies Of(string type, string method, string parameters) => _all.GetOrAdd((type, method, parameters), _ => new Latencies());

    public static Latencies? Find(string type, string method, string parameters) => _all.GetValueOrDefault((type, method, parameters));

    /// <summary>Not from several threads at once.</summary>
    public void Add(long begin, long end) => _ticks[_count++ % Most] = end - begin;

    /// <summary>Forgets what was measured while the row was warmed up.</summary>
    public void Clear() => _count = 0;

    /// <summary>In nanoseconds.</summary>
    public double Percentile(double percent)
    {
        long[] sorted = _ticks[..(int)Math.Min(_count, Most)];
        Array.Sort(sorted);
        return sorted.Length == 0
            ? double.NaN
            : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * percent / 100))] * 1e9 / TimeProvider.System.TimestampFrequency;
    }
}
