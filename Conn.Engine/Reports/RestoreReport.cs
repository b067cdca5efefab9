using Conn.Repository.Sets;

namespace Conn.Engine.Reports;

/// <summary>What became of a restore.</summary>
public sealed record RestoreReport
{
    /// <summary>The set restored.</summary>
    public required BackupSet Set { get; init; }

    /// <summary>What the restore is called. Failed before the commit: nothing was changed. Failed after it: the errors name who is not in place.</summary>
    public OperationOutcome Outcome { get; init; }

    /// <summary>True once the decision was durable: every owner was, or will be, rolled forward. False, with a note, also when nobody can see whether it is.</summary>
    public bool Committed { get; init; }

    /// <summary>The owners, in the order in which they were restored.</summary>
    public required IReadOnlyList<OwnerReport> Owners { get; init; }

    /// <summary>What was put in order on the way.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
