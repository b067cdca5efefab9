using MessagePack;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A record as a program publishes it.</summary>
[MessagePackObject]
public sealed class Reading
{
    [Key(0)]
    public string? Name { get; init; }

    [Key(1)]
    public double Value { get; init; }

    [Key(2)]
    public IReadOnlyList<string>? Tags { get; init; }

    [Key(3)]
    public Reading? Inner { get; init; }

    [Key(4)]
    public Dictionary<string, int>? Counts { get; init; }
}
