namespace Conn.Engine;

/// <summary>What became of the restores that earlier runs had committed and not finished.</summary>
public sealed record ResumeReport
{
    /// <summary>Gets Succeeded when nothing waits any more, Partial when a restore waits for an owner that is not registered, and Failed when a registered
    /// owner could not be rolled forward.</summary>
    public required OperationOutcome Outcome { get; init; }

    /// <summary>Gets the number of restores that were pending.</summary>
    public required int Pending { get; init; }

    /// <summary>Gets a sentence for each owner: rolled forward, waiting, or lost. One that begins with WARNING says what was replaced.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
