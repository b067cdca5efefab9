using System.Collections.Concurrent;

namespace Conn.Benchmarks;

/// <summary>How much of what one row published was told: who tells only the latest does less work.</summary>
internal sealed class Deliveries
{
    private static readonly ConcurrentDictionary<(string Type, string Method, string Parameters), Deliveries> _all = new();

    private long _published;
    private long _told;

    /// <summary>NaN when there is nobody to be told.</summary>
    public double Ratio => (double)_told / _published;

    public static Deliveries Of(string type, string method, string parameters) => _all.GetOrAdd((type, method, parameters), _ => new Deliveries());

    public static Deliveries? Find(string type, string method, string parameters) => _all.GetValueOrDefault((type, method, parameters));

    public void Add(long published, long told)
    {
        _published += published;
        _told += told;
    }
}
