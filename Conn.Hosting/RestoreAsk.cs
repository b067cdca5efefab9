namespace Conn.Hosting;

/// <summary>What another process asks a host to restore in place.</summary>
public sealed record RestoreAsk
{
    /// <summary>Gets the set: an id or its beginning, a sequence number, <c>latest</c> or <c>latest~N</c>; null, the default, for the latest that holds the
    /// owners.</summary>
    public string? Set { get; init; }

    /// <summary>Gets the names of the owners; null, the default, for all Required ones, and the others as far as the set holds them.</summary>
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>Gets whether data of another source than the owner's own may be put in its place. Default: false.</summary>
    public bool AllowOtherSource { get; init; }

    /// <summary>Gets whether only the plan is made. Default: false.</summary>
    public bool PlanOnly { get; init; }
}
