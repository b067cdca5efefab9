namespace Conn.Hosting;

/// <summary>A data owner that another program offers and the host refuses, so that no backup holds it.</summary>
public sealed record RefusedOwner
{
    /// <summary>Gets its name, as the program says it; null when it did not.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the id, as eight hexadecimal digits after <c>0x</c>.</summary>
    public required string Sid { get; init; }

    /// <summary>Gets the program.</summary>
    public required string Where { get; init; }

    /// <summary>Gets why it is refused, a sentence.</summary>
    public required string Reason { get; init; }
}
