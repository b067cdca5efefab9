namespace Conn.ActiveBackup.Calls;

/// <summary>A call outside the legal order: what was asked, in which state, and what would be legal. It did not reach the owner, and nothing changed.</summary>
/// <param name="Owner">The owner's name.</param>
/// <param name="Call">The call.</param>
/// <param name="Drive">The drive that refuses it.</param>
/// <param name="State">The state of that drive.</param>
/// <param name="Reason">Why it is refused.</param>
public sealed record OrderRefusal(string Owner, OwnerCallKind Call, DriveKey Drive, DriveState State, RefusalReason Reason)
{
    /// <summary>The calls that would be legal on the drive instead; empty when the refusal is not about the state of the drive.</summary>
    public IReadOnlyList<OwnerCallKind> LegalCalls => Reason switch
    {
        RefusalReason.NotBegun => [OwnerCallKind.Begin],
        RefusalReason.State => OwnerCallRules.LegalCalls(State),
        _ => [],
    };

    /// <summary>All of it in a sentence.</summary>
    /// <returns>For example <c>GetSnapshotData of owner notes, drive C, is not legal in state BackupBase. Legal are ...</c>.</returns>
    public override string ToString()
    {
        string why = Reason switch
        {
            RefusalReason.NotBegun => "before an operation has begun with the owner",
            RefusalReason.OtherStreamOpen => "while another drive has a stream open; continue or end that stream first",
            RefusalReason.NotReady => "before the owner has confirmed its readiness; wait for it",
            RefusalReason.Busy => "while another call of the owner runs; wait for its end, or terminate",
            RefusalReason.Prepared => "on a drive that is prepared; complete it or terminate first",
            _ => $"in state {State}",
        };
        string legal = LegalCalls.Count == 0 ? "" : $" Legal are {string.Join(", ", LegalCalls)}.";
        return $"{Call} of owner {Owner}, drive {Drive}, is not legal {why}.{legal}";
    }
}
