namespace Conn.Benchmarks.Bus;

/// <summary>So that a reactive property tells every value, as the others do.</summary>
internal sealed class AlwaysDifferent : IEqualityComparer<int>
{
    public static AlwaysDifferent Instance { get; } = new();

    public bool Equals(int x, int y) => false;

    public int GetHashCode(int obj) => obj;
}
